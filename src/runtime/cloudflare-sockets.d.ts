/** The part of Workers' TCP sockets that is used here; https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/ */
declare module 'cloudflare:sockets' {
  interface WorkerSocket {
    readonly readable: ReadableStream<Uint8Array>
    readonly writable: WritableStream<Uint8Array>
    readonly opened: Promise<unknown>
    readonly closed: Promise<void>
    close(): Promise<void>
  }
  function connect(
    address: { hostname: string; port: number },
    options?: { secureTransport?: 'off' | 'on' | 'starttls'; allowHalfOpen?: boolean },
  ): WorkerSocket
}
