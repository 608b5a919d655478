// Generated from plugin.cfg by `npm run generate`. Do not edit.
import type { PluginModule } from './plugin.ts'
import { plugin as rootPlugin } from './plugins/root/setup.ts'
import { plugin as metadataPlugin } from './plugins/metadata/setup.ts'
import { plugin as geoipPlugin } from './plugins/geoip/setup.ts'
import { plugin as cancelPlugin } from './plugins/cancel/setup.ts'
import { plugin as proxyprotoPlugin } from './plugins/proxyproto/setup.ts'
import { plugin as quicPlugin } from './plugins/quic/setup.ts'
import { plugin as grpc_serverPlugin } from './plugins/grpc_server/setup.ts'
import { plugin as httpsPlugin } from './plugins/https/setup.ts'
import { plugin as https3Plugin } from './plugins/https3/setup.ts'
import { plugin as timeoutsPlugin } from './plugins/timeouts/setup.ts'
import { plugin as multisocketPlugin } from './plugins/multisocket/setup.ts'
import { plugin as reloadPlugin } from './plugins/reload/setup.ts'
import { plugin as nsidPlugin } from './plugins/nsid/setup.ts'
import { plugin as bufsizePlugin } from './plugins/bufsize/setup.ts'
import { plugin as bindPlugin } from './plugins/bind/setup.ts'
import { plugin as debugPlugin } from './plugins/debug/setup.ts'
import { plugin as tracePlugin } from './plugins/trace/setup.ts'
import { plugin as readyPlugin } from './plugins/ready/setup.ts'
import { plugin as healthPlugin } from './plugins/health/setup.ts'
import { plugin as pprofPlugin } from './plugins/pprof/setup.ts'
import { plugin as explainPlugin } from './plugins/explain/setup.ts'
import { plugin as shedPlugin } from './plugins/shed/setup.ts'
import { plugin as prometheusPlugin } from './plugins/prometheus/setup.ts'
import { plugin as errorsPlugin } from './plugins/errors/setup.ts'
import { plugin as logPlugin } from './plugins/log/setup.ts'
import { plugin as dnstapPlugin } from './plugins/dnstap/setup.ts'
import { plugin as localPlugin } from './plugins/local/setup.ts'
import { plugin as ddrPlugin } from './plugins/ddr/setup.ts'
import { plugin as dns64Plugin } from './plugins/dns64/setup.ts'
import { plugin as anyPlugin } from './plugins/any/setup.ts'
import { plugin as chaosPlugin } from './plugins/chaos/setup.ts'
import { plugin as loadbalancePlugin } from './plugins/loadbalance/setup.ts'
import { plugin as rewritePlugin } from './plugins/rewrite/setup.ts'
import { plugin as autopathPlugin } from './plugins/autopath/setup.ts'
import { plugin as aclPlugin } from './plugins/acl/setup.ts'
import { plugin as cachePlugin } from './plugins/cache/setup.ts'
import { plugin as headerPlugin } from './plugins/header/setup.ts'
import { plugin as tlsPlugin } from './plugins/tls/setup.ts'
import { plugin as minimalPlugin } from './plugins/minimal/setup.ts'
import { plugin as templatePlugin } from './plugins/template/setup.ts'
import { plugin as transferPlugin } from './plugins/transfer/setup.ts'
import { plugin as hostsPlugin } from './plugins/hosts/setup.ts'
import { plugin as filePlugin } from './plugins/file/setup.ts'
import { plugin as autoPlugin } from './plugins/auto/setup.ts'
import { plugin as kvPlugin } from './plugins/kv/setup.ts'
import { plugin as redisPlugin } from './plugins/redis/setup.ts'
import { plugin as loopPlugin } from './plugins/loop/setup.ts'
import { plugin as forwardPlugin } from './plugins/forward/setup.ts'
import { plugin as erraticPlugin } from './plugins/erratic/setup.ts'
import { plugin as whoamiPlugin } from './plugins/whoami/setup.ts'
import { plugin as onPlugin } from './plugins/on/setup.ts'
import { plugin as viewPlugin } from './plugins/view/setup.ts'

/** All plugins of coredge, in the order in which they see a query. */
export const modules: readonly PluginModule[] = [
  rootPlugin,
  metadataPlugin,
  geoipPlugin,
  cancelPlugin,
  proxyprotoPlugin,
  quicPlugin,
  grpc_serverPlugin,
  httpsPlugin,
  https3Plugin,
  timeoutsPlugin,
  multisocketPlugin,
  reloadPlugin,
  nsidPlugin,
  bufsizePlugin,
  bindPlugin,
  debugPlugin,
  tracePlugin,
  readyPlugin,
  healthPlugin,
  pprofPlugin,
  explainPlugin,
  shedPlugin,
  prometheusPlugin,
  errorsPlugin,
  logPlugin,
  dnstapPlugin,
  localPlugin,
  ddrPlugin,
  dns64Plugin,
  anyPlugin,
  chaosPlugin,
  loadbalancePlugin,
  rewritePlugin,
  autopathPlugin,
  aclPlugin,
  cachePlugin,
  headerPlugin,
  tlsPlugin,
  minimalPlugin,
  templatePlugin,
  transferPlugin,
  hostsPlugin,
  filePlugin,
  autoPlugin,
  kvPlugin,
  redisPlugin,
  loopPlugin,
  forwardPlugin,
  erraticPlugin,
  whoamiPlugin,
  onPlugin,
  viewPlugin,
]
