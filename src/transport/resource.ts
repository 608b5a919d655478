import type { HttpResource } from '../capabilities.ts'
import { HttpError, type HttpReply, type HttpRequest } from './http.ts'

const encoder = new TextEncoder()

/** Answers a request for what a plugin offers by HTTP. No page of another origin may read it. */
export async function resourceReply(resource: HttpResource, request: HttpRequest): Promise<HttpReply> {
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD')
    return textReply(method, 405, `method ${method} is not supported here; use GET or HEAD\n`, { allow: 'GET, HEAD' })
  const { status, type, body, headers } = await resource.respond(request)
  return reply(method, status, type, body, headers)
}

/** The response where there is nothing but `paths`. */
export function notAmong(paths: Iterable<string>, method: string): HttpReply {
  return textReply(method, 404, `not found: there is ${[...paths].join(', ')}\n`)
}

/** The response where making one has failed. */
export function failureReply(error: unknown, method: string): HttpReply {
  const [status, reason] = error instanceof HttpError ? [error.status, error.message] : [500, 'internal error']
  return textReply(method, status, `${reason}\n`)
}

const textReply = (method: string, status: number, text: string, headers: Record<string, string> = {}): HttpReply =>
  reply(method, status, 'text/plain; charset=utf-8', text, headers)

function reply(
  method: string,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const body = encoder.encode(text)
  const fields = {
    'content-type': type,
    'content-length': `${body.length}`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  }
  return method === 'HEAD' ? { status, headers: fields } : { status, headers: fields, body }
}
