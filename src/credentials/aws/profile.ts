import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fromContainer } from "./container.ts";
import type { AwsCredentials, AwsSource, AwsSurroundings } from "./credentials.ts";
import { fromEnvironment } from "./environment.ts";
import { type IniSections, parseIni } from "./ini.ts";
import { fromInstanceMetadata } from "./instance-metadata.ts";
import { fromProcess } from "./process.ts";
import { fromSso } from "./sso.ts";
import { assumeRole, type Role, type Sts } from "./sts.ts";
import { byTokenFile, DEFAULT_SESSION_NAME } from "./web-identity.ts";

type Settings = Readonly<Record<string, string>>;

interface Profiles {
  get(name: string): Settings | undefined;
  session(name: string): Settings | undefined;
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
export function fromProfile(sts: () => Sts): AwsSource {
  return async (around) => {
    const named = around.env["AWS_PROFILE"];
    const profiles = await readProfiles(around);
    const settings = profiles.get(named || "default");
    if (settings) return resolve(named || "default", { profiles, sts, around, seen: [] });
    if (!named) return undefined;
    throw new Error(`AWS_PROFILE names the profile ${named}, which no shared file has`);
  };
}

interface Resolving {
  readonly profiles: Profiles;
  readonly sts: () => Sts;
  readonly around: AwsSurroundings;
  /** Profiles on the way here. */
  readonly seen: readonly string[];
}

async function readProfiles({ env }: AwsSurroundings): Promise<Profiles> {
  const home = join(env["HOME"] ?? env["USERPROFILE"] ?? "", ".aws");
  const keys = await readIni(env["AWS_SHARED_CREDENTIALS_FILE"] || join(home, "credentials"));
  const config = await readIni(env["AWS_CONFIG_FILE"] || join(home, "config"));
  return {
    get(name) {
      const fromConfig =
        config.get(`profile ${name}`) ?? (name === "default" ? config.get(name) : undefined);
      const fromKeys = keys.get(name);
      return fromConfig || fromKeys ? { ...fromConfig, ...fromKeys } : undefined;
    },
    session: (name) => config.get(`sso-session ${name}`),
  };
}

/** A file that is not there has no sections. */
async function readIni(file: string): Promise<IniSections> {
  try {
    return parseIni(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new Map();
    throw error;
  }
}

async function resolve(name: string, resolving: Resolving): Promise<AwsCredentials | undefined> {
  const { profiles, sts, around, seen } = resolving;
  const settings = profiles.get(name);
  if (!settings) throw new Error(`no shared file has the AWS profile ${name}`);
  const role = roleOf(settings, name);
  const tokenFile = settings["web_identity_token_file"];
  if (role && tokenFile) return byTokenFile(tokenFile, role, sts());
  if (role && (settings["source_profile"] || settings["credential_source"])) {
    if (seen.includes(name)) throw new Error(`the AWS profile ${name} is its own source`);
    const base = await baseOf(name, settings, { ...resolving, seen: [...seen, name] });
    return assumeRole(role, base, sts(), around);
  }
  const keys = staticKeys(settings);
  if (keys) return keys;
  if (settings["sso_account_id"]) return fromSso(ssoLogin(name, settings, profiles), around);
  const command = settings["credential_process"];
  return command ? fromProcess(name, command, around) : undefined;
}

function staticKeys(settings: Settings): AwsCredentials | undefined {
  const accessKeyId = settings["aws_access_key_id"];
  const secretAccessKey = settings["aws_secret_access_key"];
  if (!accessKeyId || !secretAccessKey) return undefined;
  const sessionToken = settings["aws_session_token"];
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

function roleOf(settings: Settings, name: string): Role | undefined {
  const arn = settings["role_arn"];
  if (!arn) return undefined;
  if (settings["mfa_serial"]) {
    throw new Error(
      `the AWS profile ${name} asks for a second factor, which nobody is there to give`,
    );
  }
  const externalId = settings["external_id"];
  const sessionName = settings["role_session_name"] || DEFAULT_SESSION_NAME;
  return { arn, sessionName, ...(externalId && { externalId }) };
}

const CREDENTIAL_SOURCES: Readonly<Record<string, AwsSource>> = {
  Environment: fromEnvironment,
  EcsContainer: fromContainer,
  Ec2InstanceMetadata: fromInstanceMetadata,
};

async function baseOf(
  name: string,
  settings: Settings,
  resolving: Resolving,
): Promise<AwsCredentials> {
  const source = settings["credential_source"] ?? "";
  const other = settings["source_profile"];
  const own = other === name ? staticKeys(settings) : undefined;
  const found =
    own ??
    (other
      ? await resolve(other, resolving)
      : await CREDENTIAL_SOURCES[source]?.(resolving.around));
  if (found) return found;
  throw new Error(
    `the AWS profile ${name} has its role from ${other ?? source}, which gives no keys`,
  );
}

function ssoLogin(name: string, settings: Settings, profiles: Profiles) {
  const session = settings["sso_session"];
  const login = session ? profiles.session(session) : settings;
  const cacheKey = session ?? settings["sso_start_url"];
  const region = login?.["sso_region"];
  const roleName = settings["sso_role_name"];
  if (!cacheKey || !region || !roleName) {
    throw new Error(`the AWS profile ${name} lacks sso_region, sso_role_name or its session`);
  }
  return { cacheKey, region, roleName, accountId: settings["sso_account_id"] ?? "" };
}
