import { checkArguments } from "../../src/command-line.ts";
import { findCommand } from "../../src/command.ts";
import { root } from "../../src/commands/root.ts";

/** Every command line of Aloft's in a text for people: in blocks of a shell, and between backticks. */
export function commandLines(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = ""]) =>
    block.replaceAll("\\\n", " ").split("\n"),
  );
  const spans = [...markdown.replaceAll(/^```.*?^```/gms, "").matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);
  return [...blocks, ...spans].flatMap((line) => {
    const found = /^(?:\w+=\S+ )*(?:npx )?aloft ((?:[a-z]|--help|--version).*)$/.exec(
      line
        .trim()
        .replace(/\s+#.*$/, "")
        .replace(/\s*&&.*$/, ""),
    );
    return found?.[1] === undefined || /^[\w, ]+,/.test(found[1]) ? [] : [found[1].trim()];
  });
}

/** @throws {CliError} there is no such command, or it has no such option. */
export async function assertCommandExists(line: string): Promise<void> {
  const words = line.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  const asked = await findCommand(root, "", words.map(unquoted));
  // `aloft deploy` in a sentence names a command, and need not say all that it takes.
  if (asked.rest.length > 0) checkArguments(asked);
}

function unquoted(word: string): string {
  return word.replaceAll(/^["']|["']$/g, "");
}
