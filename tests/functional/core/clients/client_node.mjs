// What the JavaScript client is asked to do; prints what came of it as one JSON document.
// Arguments: the folder of node_modules, a kubeconfig, a namespace.
import { createRequire } from "node:module";
import path from "node:path";

const [folder, kubeconfig, namespace] = process.argv.slice(2);
const k8s = createRequire(path.join(folder, "x.js"))("@kubernetes/client-node");
const config = new k8s.KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const found = {};

// an informer that is there before anything else
const events = [];
let told;
const seen = (event, name) =>
  new Promise((resolve) => {
    const check = () => events.some(([kind, which]) => kind === event && which === name) && resolve();
    told = check;
    check();
  });
const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
  core.listNamespacedConfigMap({ namespace }),
);
for (const kind of ["add", "update", "delete"]) {
  informer.on(kind, (object) => {
    events.push([kind, object.metadata.name]);
    told?.();
  });
}
await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "before" }, data: { k: "v" } } });
await informer.start();
await seen("add", "before");
await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "later" } } });
await seen("add", "later");
const patch = [{ op: "add", path: "/data", value: { k: "w" } }];
const patched = await core.patchNamespacedConfigMap({ name: "later", namespace, body: patch });
found.patched = patched.data;
await seen("update", "later");
await core.deleteNamespacedConfigMap({ name: "later", namespace });
await seen("delete", "later");
await informer.stop();

// typed objects, and objects of any kind
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image: "nginx" }] } },
  },
};
const created = await apps.createNamespacedDeployment({ namespace, body: deployment });
found.defaults = [created.spec.replicas, created.spec.strategy.type];
found.created = created.metadata.creationTimestamp instanceof Date;
const scale = await apps.readNamespacedDeploymentScale({ name: "web", namespace });
scale.spec.replicas = 3;
await apps.replaceNamespacedDeploymentScale({ name: "web", namespace, body: scale });
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const read = await objects.read({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace } });
found.scaled = read.spec.replicas;
read.spec.paused = true;
found.replaced = (await objects.replace(read)).spec.paused;
const applied = await objects.patch(
  { ...deployment, metadata: { name: "web", namespace, labels: { by: "node" } } },
  undefined, undefined, "node", true, k8s.PatchStrategy.ServerSideApply,
);
found.applied = applied.metadata.labels;
found.listed = (await apps.listNamespacedDeployment({ namespace, labelSelector: "by=node" })).items.length;

// what is refused
try {
  await core.readNamespacedConfigMap({ name: "none", namespace });
} catch (error) {
  found.missing = [error.code, JSON.parse(error.body).message];
}
try {
  await core.createNamespacedService({ namespace, body: { metadata: { name: "s" }, spec: { ports: [{ port: 0 }] } } });
} catch (error) {
  found.invalid = [error.code, JSON.parse(error.body).reason];
}
const version = await config.makeApiClient(k8s.VersionApi).getCode();
found.version = version.major;
console.log(JSON.stringify(found));
process.exit(0);
