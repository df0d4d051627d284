import type { Json, JsonObject } from './go-json.ts';
import { goTime } from './go-time.ts';

const EMPTY_CERTIFICATE: JsonObject = {
  ID: '',
  AcmeDNSConfigured: false,
  AcmeALPNConfigured: false,
  Configured: false,
  CertificateAuthority: '',
  CreatedAt: '0001-01-01T00:00:00Z',
  DNSProvider: '',
  DNSValidationInstructions: '',
  DNSValidationHostname: '',
  DNSValidationTarget: '',
  Hostname: '',
  Source: '',
  ClientStatus: '',
  IsApex: false,
  IsWildcard: false,
  ValidationErrors: null,
  Issued: { Nodes: null },
};

const EMPTY_IMAGE: JsonObject = { Registry: '', Repository: '', Tag: '', Version: '', Digest: '' };

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
const nodes = (value: Json | undefined): JsonObject[] =>
  ((value as { nodes?: JsonObject[] } | null)?.nodes ?? []) as JsonObject[];

/** An address of the web API as the CLI prints it, under Go's field names. */
export function addressJson(node: JsonObject): JsonObject {
  const network = node.network as { name?: string; organization?: { slug?: string } } | null | undefined;
  return {
    ID: text(node.id),
    Address: text(node.address),
    Type: text(node.type),
    Region: text(node.region),
    CreatedAt: goTime(text(node.createdAt)),
    ServiceName: text(node.serviceName),
    Network: network
      ? { Name: network.name ?? '', Organization: { Slug: network.organization?.slug ?? '' } }
      : null,
  };
}

/** A release as the CLI prints it. */
export function releaseJson(node: JsonObject): JsonObject {
  const user = (node.user ?? {}) as JsonObject;
  return {
    ID: text(node.id),
    Version: number(node.version),
    Stable: node.stable === true,
    InProgress: node.inProgress === true,
    Reason: text(node.reason),
    Description: text(node.description),
    Status: text(node.status),
    DeploymentStrategy: text(node.deploymentStrategy),
    Metadata: node.metadata ?? null,
    User: {
      ID: text(user.id),
      Name: text(user.name),
      Email: text(user.email),
      EnablePaidHobby: user.enablePaidHobby === true,
    },
    EvaluationID: text(node.evaluationId),
    CreatedAt: goTime(text(node.createdAt)),
    ImageRef: text(node.imageRef),
  };
}

/** An app as `apps create --json` prints it. */
export function appJson(app: JsonObject): JsonObject {
  const organization = (app.organization ?? {}) as JsonObject;
  return {
    ID: text(app.id),
    InternalNumericID: number(app.internalNumericId),
    Name: text(app.name),
    State: text(app.state),
    Status: text(app.status),
    Deployed: app.deployed === true,
    Hostname: text(app.hostname),
    AppURL: text(app.appUrl),
    Version: number(app.version),
    NetworkID: number(app.networkId),
    Network: text(app.network),
    Release: null,
    Organization: {
      ID: text(organization.id),
      InternalNumericID: text(organization.internalNumericId),
      Name: text(organization.name),
      RemoteBuilderImage: text(organization.remoteBuilderImage),
      RemoteBuilderApp: null,
      Slug: text(organization.slug),
      RawSlug: text(organization.rawSlug),
      Type: text(organization.type),
      PaidPlan: organization.paidPlan === true,
      Billable: organization.billable === true,
      Settings: organization.settings ?? null,
      AllowedReplaySourceOrgSlugs: null,
      AllowAllCrossNetworkReplays: false,
      WireGuardPeer: null,
      WireGuardPeers: { Nodes: null, Edges: null },
      DelegatedWireGuardTokens: { Nodes: null, Edges: null },
      LoggedCertificates: null,
    },
    Secrets: app.secrets ?? null,
    CurrentRelease: app.currentRelease ? releaseJson(app.currentRelease as JsonObject) : null,
    Releases: { Nodes: null },
    IPAddresses: { Nodes: nodes(app.ipAddresses).map(addressJson) },
    EgressIpAddresses: { Nodes: null },
    SharedIPAddress: text(app.sharedIpAddress),
    CNAMETarget: text(app.cnameTarget),
    IPAddress: null,
    Certificates: { Nodes: null },
    Certificate: EMPTY_CERTIFICATE,
    PostgresAppRole: app.postgresAppRole ?? null,
    Image: null,
    ImageUpgradeAvailable: false,
    ImageVersionTrackingEnabled: false,
    ImageDetails: EMPTY_IMAGE,
    LatestImageDetails: EMPTY_IMAGE,
    PlatformVersion: text(app.platformVersion),
    Machines: { Nodes: nodes(app.machines) },
    CurrentLock: null,
  };
}
