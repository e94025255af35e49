/** After this long without a byte a stream or socket says something that means nothing: proxies cut those that are silent. */
export const KEEP_ALIVE_MS = 12_000;
