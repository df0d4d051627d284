/** Addresses that machines send from; asked for by `ips list` and, for nothing, by every deploy. */
export const EGRESS_ADDRESSES =
  'query ($appName: String!) { app(name: $appName) { egressIpAddresses { nodes { id ip version region updatedAt } } } }';
