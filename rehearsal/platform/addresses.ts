import { type Fly, iso } from './fly.ts';
import type { Address, AddressType, App } from './world.ts';

export const publicTypes: readonly AddressType[] = ['v4', 'v6', 'shared_v4'];

function fresh(app: App, type: AddressType): string {
  if (type === 'shared_v4') return '66.241.124.10';
  for (let n = app.addresses.length + 1; ; n += 1) {
    const address =
      type === 'v4'
        ? `203.0.113.${10 + n}`
        : type === 'v6'
          ? `2a09:8280:1::1:2345:${n}`
          : `fdaa:0:33:0:1::${n}`;
    if (!app.addresses.some((known) => known.address === address)) return address;
  }
}

/** Gives the app one more address, whatever it has; only the shared v4 stays the same one. */
export function allocate(fly: Fly, app: App, type: AddressType, region = ''): Address {
  if (type === 'shared_v4') {
    const known = app.addresses.find((address) => address.type === 'shared_v4');
    if (known !== undefined) return known;
  }
  const address: Address = {
    id: `ip_${fly.ids.hex(12)}`,
    type,
    address: fresh(app, type),
    region: type === 'shared_v4' ? '' : region || 'global',
    createdAt: fly.clock.now(),
  };
  app.addresses.push(address);
  return address;
}

/** Takes an address away. `false`: the app has no such address. */
export function release(app: App, address: string): boolean {
  const left = app.addresses.filter((known) => known.address !== address);
  const found = left.length < app.addresses.length;
  app.addresses = left;
  return found;
}

/** As the Machines API says it. */
export function ipAssignment(address: Address) {
  return {
    ip: address.address,
    region: address.region,
    service_name: '',
    shared: address.type === 'shared_v4',
    created_at: iso(address.createdAt),
  };
}
