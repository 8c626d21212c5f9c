/** Ports on which Caddy listens in its container for itself, on loopback only. */

/** Its admin API. */
export const ADMIN_PORT = 2019;
/** Where it asks itself for certificate files, at every handshake; see `tls.ts`. */
export const CERTIFICATES_PORT = 2018;
