import { generateMain } from "./generate.js";

process.exitCode = await generateMain(process.argv.slice(2));
