/** The servers that tests run against. Each is started by the first who asks, shared by all, and stopped at the end. */
export const serviceNames = ["dynamodb", "postgres-16", "postgres-18", "moto", "ministack"] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface Service {
  readonly url: string;
}

const asked = new Map<ServiceName, Promise<Service>>();

/**
 * Where the service listens.
 * @throws {Error} it cannot run on this machine, with the reason.
 */
export function service(name: ServiceName): Promise<Service> {
  let answer = asked.get(name);
  if (answer === undefined) {
    answer = ask(name);
    asked.set(name, answer);
  }
  return answer;
}

async function ask(name: ServiceName): Promise<Service> {
  const supervisor = process.env["ALOFT_TEST_SERVICES"];
  if (supervisor === undefined) throw new Error("ALOFT_TEST_SERVICES is not set: run the tests by vitest");
  const response = await fetch(`${supervisor}/${name}`);
  const answer: unknown = await response.json();
  if (response.ok) return answer as Service;
  throw new Error((answer as { reason: string }).reason);
}
