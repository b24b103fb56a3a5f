import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { asking, ifThere } from "./aws-fault.ts";

/** Parameter Store, for what a deployment notes down. A standard parameter costs nothing and holds 4 KB. */
export interface Parameters {
  read(name: string): Promise<string | undefined>;
  write(name: string, value: string): Promise<void>;
  /** @returns false if there is one already. */
  create(name: string, value: string): Promise<boolean>;
  remove(name: string): Promise<void>;
}

export function parametersIn(region: string): Parameters {
  const client = new SSMClient({ region });
  return {
    async read(name) {
      const found = await ifThere(`reading ${name}`, () => client.send(new GetParameterCommand({ Name: name })));
      return found?.Parameter?.Value;
    },
    async write(name, value) {
      const put = new PutParameterCommand({ Name: name, Value: value, Type: "String", Overwrite: true });
      await asking(`noting down ${name}`, () => client.send(put));
    },
    async create(name, value) {
      try {
        await client.send(new PutParameterCommand({ Name: name, Value: value, Type: "String" }));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "ParameterAlreadyExists") return false;
        return asking(`noting down ${name}`, () => Promise.reject(error as Error));
      }
    },
    async remove(name) {
      await ifThere(`removing ${name}`, () => client.send(new DeleteParameterCommand({ Name: name })));
    },
  };
}
