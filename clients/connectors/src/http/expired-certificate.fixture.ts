import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An authority of one certificate; `openssl req` of Debian 12 makes none that has ended. */
const authority = `
[ca]
default_ca = one
[one]
database = ./index
serial = ./serial
new_certs_dir = .
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = IP:127.0.0.1
`;

/** Writes `server.key` and `server.pem`, a certificate for 127.0.0.1 that ended in 2025. */
export async function makeExpiredCertificate(folder: string): Promise<void> {
  await writeFile(join(folder, "ca.conf"), authority);
  await writeFile(join(folder, "index"), "");
  await writeFile(join(folder, "serial"), "01\n");
  const openssl = (...words: readonly string[]) => run("openssl", words, { cwd: folder });
  await openssl(
    "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
    "-subj", "/CN=ended", "-keyout", "server.key", "-out", "server.csr",
  );
  await openssl(
    "ca", "-batch", "-notext", "-selfsign", "-config", "ca.conf", "-keyfile", "server.key",
    "-startdate", "20250101000000Z", "-enddate", "20250102000000Z",
    "-in", "server.csr", "-out", "server.pem",
  );
}
