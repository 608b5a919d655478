/**
 * Frame Streams, the framing that dnstap uses (farsightsec/fstrm). A data frame is its length in 32 bits and so many octets;
 * length 0 tells that a control frame follows, with a length of its own.
 */

/** What the data frames of a dnstap stream are. */
export const CONTENT_TYPE = 'protobuf:dnstap.Dnstap'

export const CONTROL = { ACCEPT: 1, START: 2, STOP: 3, READY: 4, FINISH: 5 } as const

const FIELD_CONTENT_TYPE = 1
/** As fstrm limits them. Octets. */
const MAX_CONTROL = 512
const MAX_CONTENT_TYPE = 256
/** Two DNS messages at most are in a frame; nobody sends more, and who claims to must not fill the memory. Octets. */
const MAX_FRAME = 1_048_576

/** The other side does not speak Frame Streams, or something else than dnstap over it. */
export class FrameStreamError extends Error {
  override name = 'FrameStreamError'
  readonly code = 'FRAMESTREAM'
}

export interface Control {
  readonly type: number
  /** What the sender offers, or the receiver takes; anything where there is none. */
  readonly contentTypes: readonly string[]
}

/** A control frame with its escape sequence. */
export function controlFrame(type: number, contentType?: string): Uint8Array {
  const name = new TextEncoder().encode(contentType ?? '')
  const length = 4 + (contentType === undefined ? 0 : 8 + name.length)
  const frame = new Uint8Array(8 + length)
  const view = new DataView(frame.buffer)
  view.setUint32(4, length)
  view.setUint32(8, type)
  if (contentType !== undefined) {
    view.setUint32(12, FIELD_CONTENT_TYPE)
    view.setUint32(16, name.length)
    frame.set(name, 20)
  }
  return frame
}

/** Reads a control frame's payload. Throws FrameStreamError. */
export function readControl(payload: Uint8Array): Control {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  if (payload.length < 4) throw new FrameStreamError('a control frame without a type')
  const contentTypes: string[] = []
  let at = 4
  while (at < payload.length) {
    if (at + 8 > payload.length) throw new FrameStreamError('a control frame that ends within a field')
    const field = view.getUint32(at)
    const length = view.getUint32(at + 4)
    at += 8
    if (length > payload.length - at) throw new FrameStreamError('a field longer than its control frame')
    if (field === FIELD_CONTENT_TYPE) {
      if (length > MAX_CONTENT_TYPE) throw new FrameStreamError(`a content type of ${length} octets`)
      contentTypes.push(new TextDecoder().decode(payload.subarray(at, at + length)))
    }
    at += length
  }
  return { type: view.getUint32(0), contentTypes }
}

/** What came: the payload of a data frame, or a control frame. */
export type Frame = { readonly data: Uint8Array } | { readonly control: Control }

const NOTHING = new Uint8Array(0)

/** Puts frames together from octets as they arrive. Holds no more than one frame. */
export class FrameStreamReader {
  #rest: Uint8Array = NOTHING

  /** True in the middle of a frame. */
  get isAmidFrame(): boolean {
    return this.#rest.length > 0
  }

  /** The frames that are complete now. Throws FrameStreamError; then nothing more can be read. */
  *push(bytes: Uint8Array): Generator<Frame> {
    let buffer = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes)
    for (;;) {
      const frame = readFrame(buffer)
      if (!frame) break
      buffer = buffer.subarray(frame.end)
      yield frame.frame
    }
    this.#rest = buffer.slice()
  }
}

function readFrame(buffer: Uint8Array): { readonly frame: Frame; readonly end: number } | undefined {
  if (buffer.length < 4) return undefined
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  const length = view.getUint32(0)
  if (length > 0) {
    if (length > MAX_FRAME) throw new FrameStreamError(`a frame of ${length} octets: this is no dnstap`)
    const end = 4 + length
    return buffer.length < end ? undefined : { frame: { data: buffer.subarray(4, end) }, end }
  }
  if (buffer.length < 8) return undefined
  const size = view.getUint32(4)
  if (size > MAX_CONTROL) throw new FrameStreamError(`a control frame of ${size} octets`)
  const end = 8 + size
  return buffer.length < end ? undefined : { frame: { control: readControl(buffer.subarray(8, end)) }, end }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
