/** Where an image comes from: one that is there, by digest, or what it is built from. */
export type ImageChoice =
  | { readonly kind: "uri"; readonly uri: string }
  | { readonly kind: "build"; readonly dockerfile: string; readonly context: string };

/** A repository and the digest of what is in it, such as `….dkr.ecr.eu-central-1.amazonaws.com/chat-dev@sha256:…`. */
export const pinnedImage: RegExp = /^[^\s@]+@sha256:[0-9a-f]{64}$/;
