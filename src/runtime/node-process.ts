import { readdirSync, readFileSync } from 'node:fs'
import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import type { Gauges } from '../metrics/gauge.ts'
import type { Registry } from '../metrics/registry.ts'

/** What every Prometheus client tells of its process, under the same names. */
export function measureProcess(metrics: Registry): void {
  metrics.counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.').follow(cpuSeconds)
  const started = Date.now() / 1000 - process.uptime()
  const gauge = follower(metrics)
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => started)
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss())
  if (process.platform !== 'linux') return
  gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtualMemory)
  gauge('process_open_fds', 'Number of open file descriptors.', () => readdirSync('/proc/self/fd').length)
  const maximum = maxFiles()
  if (maximum) gauge('process_max_fds', 'Maximum number of open file descriptors.', () => maximum)
}

/** What Node tells of itself, under the names that Prometheus's client for Node has made usual. */
export function measureRuntime(metrics: Registry): void {
  if (measured.has(metrics)) return
  measured.add(metrics)
  metrics.gauges('nodejs_version_info', 'Node.js version info.', ['version']).with(process.version).set(1)
  measureHeap(metrics)
  measureEventLoop(metrics)
  measureCollections(metrics)
}

const measured = new WeakSet<Registry>()

type Follow = (name: string, help: string, read: () => number) => void

const follower =
  (metrics: Registry): Follow =>
  (name, help, read) =>
    void metrics.gauges(name, help, []).follow([], read)

function measureHeap(metrics: Registry): void {
  const gauge = follower(metrics)
  gauge(
    'nodejs_heap_size_total_bytes',
    'Process heap size from Node.js in bytes.',
    () => process.memoryUsage().heapTotal,
  )
  gauge(
    'nodejs_heap_size_used_bytes',
    'Process heap size used from Node.js in bytes.',
    () => process.memoryUsage().heapUsed,
  )
  gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.', () => process.memoryUsage().external)
  const spaces = (what: string): Gauges =>
    metrics.gauges(`nodejs_heap_space_size_${what}_bytes`, `Process heap space size ${what} from Node.js in bytes.`, [
      'space',
    ])
  const [total, used, available] = [spaces('total'), spaces('used'), spaces('available')]
  for (const [i, { space_name }] of getHeapSpaceStatistics().entries()) {
    const space = [space_name.replace(/_space$/, '')]
    total.follow(space, () => getHeapSpaceStatistics()[i].space_size)
    used.follow(space, () => getHeapSpaceStatistics()[i].space_used_size)
    available.follow(space, () => getHeapSpaceStatistics()[i].space_available_size)
  }
}

function measureEventLoop(metrics: Registry): void {
  const delay = monitorEventLoopDelay()
  delay.enable()
  const gauge = follower(metrics)
  const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0)
  gauge('nodejs_eventloop_lag_min_seconds', 'The minimum recorded event loop delay.', () => seconds(delay.min))
  gauge('nodejs_eventloop_lag_max_seconds', 'The maximum recorded event loop delay.', () => seconds(delay.max))
  gauge('nodejs_eventloop_lag_mean_seconds', 'The mean of the recorded event loop delays.', () => seconds(delay.mean))
  for (const percent of [50, 90, 99])
    gauge(
      `nodejs_eventloop_lag_p${percent}_seconds`,
      `The ${percent}th percentile of the recorded event loop delays.`,
      () => seconds(delay.percentile(percent)),
    )
  gauge(
    'nodejs_eventloop_utilization',
    'Part of the time since the start that the event loop was not idle.',
    () => performance.eventLoopUtilization().utilization,
  )
}

const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
}

function measureCollections(metrics: Registry): void {
  const help = 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.'
  const durations = metrics.histograms('nodejs_gc_duration_seconds', help, ['kind'], [0.001, 0.01, 0.1, 1, 2, 5])
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as PerformanceEntry & { readonly detail: { readonly kind: number } }
      durations.with(KINDS[detail.kind] ?? 'other').observe(entry.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

function virtualMemory(): number {
  return Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024
}

function maxFiles(): number | undefined {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))
  return limit ? Number(limit[1]) : undefined
}
