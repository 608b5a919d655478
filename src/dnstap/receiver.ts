import type { Connection } from '../runtime/runtime.ts'
import {
  CONTENT_TYPE,
  CONTROL,
  type Control,
  controlFrame,
  FrameStreamError,
  FrameStreamReader,
} from './framestream.ts'

/** How a stream ended: as agreed, or why not. */
export type StreamEnd = (reason?: Error) => void

/**
 * Takes the frames of one sender, with the handshakes of both kinds of streams: those that begin with READY, and those of
 * one direction, which begin with START. `received` gets each frame's payload, good until it returns.
 */
export function receive(connection: Connection, received: (payload: Uint8Array) => void, ended: StreamEnd): void {
  const reader = new FrameStreamReader()
  let isStarted = false
  let isOver = false
  const end = (reason?: Error): void => {
    if (isOver) return
    isOver = true
    connection.close()
    ended(reason)
  }
  const control = ({ type, contentTypes }: Control): void => {
    if (type === CONTROL.READY || type === CONTROL.START) {
      if (isStarted) throw new FrameStreamError('the sender starts twice')
      if (contentTypes.length > 0 && !contentTypes.includes(CONTENT_TYPE))
        throw new FrameStreamError(`the sender offers ${contentTypes.join(', ')}, not ${CONTENT_TYPE}`)
      if (type === CONTROL.READY) connection.write(controlFrame(CONTROL.ACCEPT, CONTENT_TYPE))
      else isStarted = true
    } else if (type === CONTROL.STOP) {
      connection.write(controlFrame(CONTROL.FINISH))
      end()
    }
  }
  connection.onData((bytes) => {
    if (isOver) return
    try {
      for (const frame of reader.push(bytes)) {
        if ('control' in frame) control(frame.control)
        else if (isStarted) received(frame.data)
        else throw new FrameStreamError('data before START')
        if (isOver) return
      }
    } catch (error) {
      end(error as Error)
    }
  })
  connection.onClose((reason) =>
    end(reason ?? (reader.isAmidFrame ? new FrameStreamError('ended within a frame') : undefined)),
  )
}
