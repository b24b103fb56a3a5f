/** Where the server listens, and where people find it. */
export interface ListenConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Only this machine can reach the server. */
  readonly loopback: boolean;
}

export type StoreConfig =
  | { readonly type: "sqlite"; readonly folder: string }
  | { readonly type: "dynamodb"; readonly region: string; readonly tablePrefix: string }
  | {
      readonly type: "postgres";
      readonly url: string;
      /** Past any pooler, for migrations. */
      readonly directUrl?: string;
      readonly tenant?: string;
      readonly poolSize?: number;
    };

export type BlobsConfig =
  | { readonly type: "filesystem"; readonly folder: string }
  | {
      readonly type: "s3";
      readonly bucket: string;
      readonly region: string;
      /** Before the name of every object. */
      readonly prefix?: string;
      /** The KMS key that S3 encrypts with; without it, S3's own. */
      readonly kmsKeyId?: string;
    };

export type KeysConfig =
  | { readonly type: "file"; readonly path: string }
  | {
      readonly type: "kms";
      readonly region: string;
      /** What seals. */
      readonly keyId: string;
      /** What sealed before, and still opens. */
      readonly previousKeyIds: readonly string[];
      readonly signingKeyId?: string;
      /** Signing keys whose public halves are shown as well: those before, and the next. */
      readonly publishedSigningKeyIds: readonly string[];
    };

export type ModelProvider =
  | { readonly name: "anthropic"; readonly apiKey: string }
  | { readonly name: "openai"; readonly apiKey: string | undefined; readonly baseUrl: string | undefined }
  | { readonly name: "grok"; readonly apiKey: string }
  | { readonly name: "bedrock"; readonly region: string }
  | { readonly name: "offline" };
export type ProviderName = ModelProvider["name"];

export interface ModelsConfig {
  /** Every provider that can be used, the default's first. */
  readonly providers: readonly [ModelProvider, ...ModelProvider[]];
  /** As DEFAULT_MODEL names it, without its provider; undefined: the provider's own choice. */
  readonly defaultModel: string | undefined;
}

/** What must agree before anybody signs in with Google. */
export interface GoogleConfig {
  readonly clientId: string;
  readonly clientSecret: string;
}

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface RateConfig {
  readonly perSecond: number;
  readonly burst: number;
}

export interface LimitsConfig {
  readonly bodyBytes: number;
  /** Of a file that is attached to a message. */
  readonly attachmentBytes: number;
  readonly server: RateConfig;
  readonly user: RateConfig;
  /** Wrong guesses of a sign-in link or an invitation code, by address. */
  readonly guesses: RateConfig;
  readonly requestsInFlight: number;
  readonly streamsPerUser: number;
}

export const defaultLimits: LimitsConfig = {
  bodyBytes: 1024 * 1024,
  attachmentBytes: 25_000_000,
  server: { perSecond: 1000, burst: 2000 },
  user: { perSecond: 50, burst: 200 },
  guesses: { perSecond: 0.1, burst: 20 },
  requestsInFlight: 512,
  streamsPerUser: 32,
};

/** Where traces go. */
export interface TracingConfig {
  /** Of OTLP over HTTP, without `/v1/traces`. */
  readonly endpoint: string;
  readonly serviceName: string;
}

/** Everything the environment decides, checked. Made once, at start. */
export interface Config {
  readonly environment: "development" | "staging" | "production" | "test";
  readonly listen: ListenConfig;
  /** FRONTEND_URL: scheme, host and port under which people reach the server; undefined on a laptop. */
  readonly publicUrl: string | undefined;
  /** Besides that of `publicUrl`, values of the Host header that are answered: what a load balancer sends. */
  readonly hosts: readonly string[];
  /** Proxies between callers and the server, each of which adds to X-Forwarded-For. */
  readonly proxyHops: number;
  /** How long replies under way may take once the server closes. */
  readonly stopGraceMs: number;
  /** Where what is kept on this machine is; not there if nothing is: see `usesDataFolder`. */
  readonly dataDir: string;
  readonly authSecret: string;
  readonly store: StoreConfig;
  readonly blobs: BlobsConfig;
  readonly keys: KeysConfig;
  readonly models: ModelsConfig;
  readonly google: GoogleConfig | undefined;
  readonly logLevel: LogLevel;
  /** Undefined: nobody wants to know. */
  readonly tracing: TracingConfig | undefined;
  readonly limits: LimitsConfig;
}

/** Whether anything is kept on this machine; without it, the disk may be read-only. */
export function usesDataFolder({ store, blobs, keys }: Pick<Config, "store" | "blobs" | "keys">): boolean {
  return store.type === "sqlite" || blobs.type === "filesystem" || keys.type === "file";
}
