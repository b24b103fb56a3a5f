import { describe, expect, test } from "vitest";
import { isGroup, type Command, type CommandGroup } from "./command.ts";
import { root } from "./commands/root.ts";
import { main } from "./main.ts";
import { runCli } from "./testing.ts";

async function everyCommand(
  command: Command | CommandGroup = root,
  path: readonly string[] = [],
): Promise<{ path: readonly string[]; command: Command | CommandGroup }[]> {
  if (!isGroup(command)) return [{ path, command }];
  const below = Object.entries(command.subCommands).map(async ([name, { load }]) =>
    everyCommand(await load(), [...path, name]),
  );
  return [{ path, command }, ...(await Promise.all(below)).flat()];
}

describe("help", () => {
  test("[cli.help.examples] every command says what it does, its usage, its options, and gives examples", async () => {
    const commands = await everyCommand();
    expect(commands.map(({ path }) => path.join(" "))).toEqual(
      expect.arrayContaining([
        "",
        "up",
        "link",
        "doctor",
        "key",
        "key create",
        "key list",
        "key revoke",
        "completions",
      ]),
    );
    for (const { path, command } of commands) {
      const { code, out, err } = await runCli([...path, "--help"]);
      expect({ path, code, err }).toEqual({ path, code: 0, err: "" });
      expect(out).toContain(`Usage  ${["aloft", ...path].join(" ")}`);
      expect(command.examples.length, path.join(" ")).toBeGreaterThan(0);
      for (const example of command.examples) expect(out).toContain(example.command);
      for (const [name, definition] of Object.entries(command.args)) {
        expect(definition.description, `${path.join(" ")} ${name}`).toBeTruthy();
        const word = definition.required === false ? `[${name}]` : `<${name}>`;
        expect(out).toContain(definition.type === "positional" ? word : `--${name}`);
      }
    }
  });

  test("[cli.help.narrow] it fits a terminal of 60 or 80 columns, and says the same", async () => {
    const words = (text: string) => text.split(/\s+/);
    for (const { path } of await everyCommand()) {
      const wide = await runCli([...path, "--help"]);
      for (const columns of [60, 80]) {
        let text = "";
        const out = { isTTY: true, columns, write: (part: string) => (text += part) };
        await main([...path, "--help"], { out, err: { write: () => {} }, env: { NO_COLOR: "1" } });
        expect(words(text)).toEqual(words(wide.out));
        const [help = ""] = text.split("\nExamples\n");
        const broken = help.split("\n").filter((line) => line.length > columns && !line.startsWith("Usage "));
        expect(broken, path.join(" ")).toEqual([]);
      }
    }
  });

  test("[cli.help.examples] aloft alone, `help x` and -h are help too", async () => {
    const whole = await runCli(["--help"]);
    expect(await runCli([])).toEqual(whole);
    expect(await runCli(["help"])).toEqual(whole);
    expect(await runCli(["help", "key", "create"])).toEqual(await runCli(["key", "create", "-h"]));
  });

  test("[cli.help.examples] a terminal gets colours; a pipe, or NO_COLOR, gets none", async () => {
    const onTerminal = async (env: NodeJS.ProcessEnv) => {
      let text = "";
      await main(["--help"], { out: { isTTY: true, write: (part) => (text += part) }, err: { write: () => {} }, env });
      return text;
    };
    expect(await onTerminal({})).toContain("\u001B[1mUsage");
    expect(await onTerminal({ NO_COLOR: "1" })).not.toContain("\u001B");
    expect((await runCli(["--help"])).out).not.toContain("\u001B");
  });
});

describe("--version", () => {
  test("[cli.version] prints the version of the package, as JSON too", async () => {
    const { default: manifest } = await import("../package.json", { with: { type: "json" } });
    expect(await runCli(["--version"])).toEqual({ code: 0, out: `${manifest.version}\n`, err: "" });
    const json = await runCli(["--json", "--version"]);
    expect(JSON.parse(json.out)).toEqual({ ok: true, version: manifest.version });
  });
});

describe("a wrong command line", () => {
  test.each([
    [["upp"], "unknown_command", 'There is no command "aloft upp". Did you mean "aloft up"?'],
    [["dcotor"], "unknown_command", 'There is no command "aloft dcotor". Did you mean "aloft doctor"?'],
    [
      ["key", "crate", "x"],
      "unknown_command",
      'There is no command "aloft key crate". Did you mean "aloft key create"?',
    ],
    [["yoyo"], "unknown_command", /There are: up, link, doctor, key, keys, store, .*completions/],
    [["constructor"], "unknown_command", /There is no command "aloft constructor"/],
    [["key"], "missing_command", /aloft key needs a command: create, list, revoke/],
    [["--jsn"], "unknown_option", 'aloft has no option "--jsn". Did you mean "--json"?'],
    [["up", "--prot", "80"], "unknown_option", 'aloft up has no option "--prot". Did you mean "--port"?'],
    [["doctor", "-x"], "unknown_option", /aloft doctor has no option "-x"/],
    [["up", "--port"], "invalid_option", "--port needs a value: --port <number>."],
    [["up", "--data", "--open"], "invalid_option", "--data needs a value: --data <folder>."],
    [["up", "--open=yes"], "invalid_option", "--open is a switch: it takes no value."],
    [["up", "--port", "http"], "invalid_value", /--port cannot be "http": it is a number from 0 to 65535/],
    [["up", "--port", "65536"], "invalid_value", /--port cannot be "65536"/],
    [["up", "now"], "unexpected_argument", 'aloft up does not know what to do with "now".'],
    [["key", "revoke"], "missing_argument", "aloft key revoke needs <id>."],
    [["completions", "bsh"], "invalid_value", '<shell> cannot be "bsh". Did you mean "bash"?'],
    [["completions"], "missing_argument", "aloft completions needs <shell>: bash, zsh, fish."],
  ] as const)("[cli.usage.refused] %j is refused, with what was meant", async (argv, code, message) => {
    const plain = await runCli(argv);
    expect(plain).toMatchObject({ code: 2, out: "" });
    expect(plain.err).toMatch(message);
    expect(plain.err).not.toMatch(/\n\s+at /);

    const json = await runCli([...argv.slice(0, 1), "--json", ...argv.slice(1)]);
    expect(json).toMatchObject({ code: 2, err: "" });
    const answer: unknown = JSON.parse(json.out);
    expect(answer).toEqual({ ok: false, error: { code, message: expect.stringMatching(message) } });
  });
});
