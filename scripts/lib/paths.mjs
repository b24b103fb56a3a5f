import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const modules = `${root}node_modules/`;
export const benchFolder = `${root}bench/`;
/** The Node that Aloft runs on, installed like any other dependency. */
export const node24 = `${modules}node/bin/node${process.platform === "win32" ? ".exe" : ""}`;
/** Makes Node take the packages' sources instead of what is built from them. */
export const condition = "--conditions=aloft-source";
