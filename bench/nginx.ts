import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "./children.ts";
import { nginxPath } from "./tools.ts";

/** The command line of a one-worker nginx in the foreground, with this inside its `http` block. */
export function nginxCommand(name: string, http: string): readonly string[] {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, http));
  return [nginxPath(), "-c", file, "-e", join(folder, "error.log"), "-p", folder];
}

/** Root's nginx would give its worker to another user, who may not read the scratch folder. */
function configuration(folder: string, http: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${join(folder, kind)};`)
    .join("\n");
  return `${process.getuid?.() === 0 ? "user root;\n" : ""}daemon off;
worker_processes 1;
pid ${join(folder, "nginx.pid")};
events { worker_connections 4096; }
http {
${temporary}
  access_log off;
  client_body_buffer_size 1m;
  keepalive_timeout 600s;
  keepalive_requests 1000000000;
${http}
}
`;
}
