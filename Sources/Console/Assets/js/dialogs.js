// What people do: each action in a dialog of its own.
import { h, show } from "./dom.js";
import { call } from "./rpc.js";
import { live } from "./live.js";
import { gibibytes, nameOf, sentence } from "./format.js";
import { button, choice, command, confirmed, copyButton, field, form, openDialog, textInput, toast, valuesOf } from "./parts.js";
import { state } from "./state.js";

const DRY_RUN_MILLISECONDS = 500;

// MARK: Deployments

export async function deployDialog() {
  const clusters = [...live.clusters.values()].sort((left, right) => left.name.localeCompare(right.name));
  const models = [...new Set(clusters.map((cluster) => cluster.gpuModel).filter(Boolean))];
  const classes = (await call("PriorityClassService/ListPriorityClasses").catch(() => ({}))).priorityClasses ?? [];
  const result = h("div", { class: "dry-run", role: "status", hidden: true });
  const fields = [
    field({ name: "image", label: "Image", hint: "The model's container image.", input: textInput({ placeholder: "registry.example.com/llm-server:7", maxlength: 512 }) }),
    h("div", { class: "form-grid" },
      field({ name: "name", label: "Name (optional)", input: textInput({ placeholder: "llm-server", maxlength: 128 }) }),
      field({ name: "clusterId", label: "Cluster", input: choice([["", "Any with room"], ...clusters.map((cluster) => [cluster.id, cluster.name])], "") })),
    h("div", { class: "form-grid" },
      field({ name: "cpu", label: "CPU", suffix: "cores", input: textInput({ inputmode: "decimal", value: "1" }) }),
      field({ name: "memory", label: "Memory", suffix: "GiB", input: textInput({ inputmode: "decimal", value: "1" }) }),
      field({ name: "gpu", label: "GPU", suffix: "devices", input: textInput({ inputmode: "decimal", value: "0" }) })),
    h("div", { class: "form-grid" },
      classes.length > 0
        ? field({ name: "priorityClass", label: "Priority class", input: choice([["", "None: by number"], ...classes.map((item) => [item.name, `${item.name} (${item.priority ?? 0})`])], "") })
        : null,
      field({ name: "priority", label: "Priority", hint: "0 to 1000, higher first.", input: textInput({ inputmode: "numeric", value: "0" }) }),
      field({ name: "replicas", label: "Replicas", hint: "Placed all or none.", input: textInput({ inputmode: "numeric", value: "1" }) })),
    h("details", { class: "more" }, h("summary", { text: "Command, environment, attempts" }),
      h("div", { class: "form" },
        field({ name: "command", label: "Command", hint: "One argument a line; empty means the image's own.", input: h("textarea", { spellcheck: "false" }) }),
        field({ name: "env", label: "Environment", hint: "NAME=value, one a line.", input: h("textarea", { spellcheck: "false", placeholder: "MODEL=llama-3" }) }),
        h("div", { class: "form-grid" },
          field({ name: "gpuModels", label: "GPU models", hint: models.length > 0 ? `Of ${models.join(", ")}; empty means any.` : "By commas; empty means any.", input: textInput() }),
          field({ name: "maxAttempts", label: "Attempts", input: textInput({ inputmode: "numeric", value: "3" }) })))),
    result,
  ];
  const check = button("Check fit", { on: () => simulate(true) });
  const element = form({
    fields, action: "Deploy", foot: true, secondary: [check], fieldNames: requestFields,
    submit: async (values) => {
      const { deployment } = await call("DeploymentService/CreateDeployment", deploymentRequest(values));
      dialog.close();
      location.hash = `#/deployments/${deployment.id}`;
    },
  });
  let turn = 0;
  async function simulate(isAsked) {
    const mine = ++turn;
    const values = valuesOf(element);
    if (!values.image && !isAsked) return;
    try {
      const answer = await call("DeploymentService/SimulateDeployment", { deployment: deploymentRequest(values) });
      if (mine !== turn) return;
      result.dataset.fits = String(answer.fits === true);
      show(result, h("strong", { text: answer.fits ? "It would fit now" : "It would wait" }), h("span", { text: sentence(answer.summary) }),
        ...(answer.fit?.advice ?? []).slice(0, 2).map((advice) => h("span", { text: `→ ${advice.words}` })));
    } catch (error) {
      if (mine !== turn) return;
      result.dataset.fits = "false";
      show(result, h("strong", { text: "It would be refused" }), h("span", { text: error.fields?.map(({ field: name, description }) => `${name}: ${description}`).join("; ") || error.message }));
    }
    result.hidden = false;
  }
  let timer;
  element.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => simulate(false), DRY_RUN_MILLISECONDS);
  });
  const dialog = openDialog("Deploy a model", element);
  element.elements.namedItem("image").focus();
}

const requestFields = {
  "resources": "cpu", "resources.cpu_millis": "cpu", "resources.memory_bytes": "memory", "resources.gpu_millis": "gpu",
  "cluster_id": "clusterId", "max_attempts": "maxAttempts", "gpu_models": "gpuModels", "priority_class": "priorityClass",
};

/** Numbers that are none go as they are: the server names the field. */
function deploymentRequest(values) {
  const millis = (text) => String(Math.round(Number(text) * 1000) || 0);
  const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);
  const request = {
    organizationId: state.organization, clusterId: values.clusterId, name: values.name.trim(), image: values.image.trim(),
    command: lines(values.command), gpuModels: values.gpuModels.split(",").map((model) => model.trim()).filter(Boolean),
    env: Object.fromEntries(lines(values.env).map((line) => {
      const at = line.indexOf("=");
      return at < 0 ? [line, ""] : [line.slice(0, at), line.slice(at + 1)];
    })),
    resources: { cpuMillis: millis(values.cpu), memoryBytes: String(gibibytes(values.memory) || 0), gpuMillis: millis(values.gpu) },
    maxAttempts: Number(values.maxAttempts) || 0, replicas: Number(values.replicas) || 0,
  };
  if (values.priorityClass) request.priorityClass = values.priorityClass;
  else request.priority = Math.round(Number(values.priority)) || 0;
  return request;
}

export function priorityDialog(deployment) {
  const element = form({
    fields: [
      h("p", { class: "soft", text: "It keeps its age: among equals it stands where it stood." }),
      field({ name: "priority", label: "Priority", hint: "0 to 1000, higher first.", input: textInput({ inputmode: "numeric", value: String(deployment.priority ?? 0) }) }),
    ],
    action: "Change priority",
    submit: async ({ priority }) => {
      await call("DeploymentService/UpdateDeployment", { id: deployment.id, priority: Math.round(Number(priority)) || 0 });
      dialog.close();
      toast(`${nameOf(deployment)} has priority ${Math.round(Number(priority)) || 0}.`);
    },
  });
  const dialog = openDialog(`Priority of ${nameOf(deployment)}`, element);
  element.elements.namedItem("priority").select();
}

export function cancelDialog(deployment) {
  const gang = deployment.gangSize > 1 ? ` All ${deployment.gangSize} of its group end.` : "";
  confirmed({
    title: `Cancel ${nameOf(deployment)}?`, action: "Cancel deployment",
    words: `It ends now and frees what it holds.${gang} This cannot be undone.`,
    run: async () => {
      await call("DeploymentService/CancelDeployment", { id: deployment.id });
      toast(`${nameOf(deployment)} is cancelled.`);
    },
  });
}

export async function complete(deployment) {
  await call("DeploymentService/CompleteDeployment", { id: deployment.id });
  toast(`${nameOf(deployment)} is completed.`);
}

// MARK: Clusters

export function clusterDialog() {
  const element = form({
    fields: [
      field({ name: "name", label: "Name", hint: "Small letters, digits, '.', '_' and '-'.", input: textInput({ placeholder: "berlin-1", maxlength: 64 }) }),
      h("div", { class: "form-grid" },
        field({ name: "cpu", label: "CPU", suffix: "cores", input: textInput({ inputmode: "decimal", value: "16" }) }),
        field({ name: "memory", label: "Memory", suffix: "GiB", input: textInput({ inputmode: "decimal", value: "64" }) }),
        field({ name: "gpu", label: "GPUs", suffix: "devices", input: textInput({ inputmode: "numeric", value: "0" }) })),
      field({ name: "gpuModel", label: "GPU model (optional)", input: textInput({ placeholder: "A100" }) }),
    ],
    action: "Register cluster",
    fieldNames: { "capacity": "cpu", "capacity.cpu_millis": "cpu", "capacity.memory_bytes": "memory", "capacity.gpu_millis": "gpu", "gpu_model": "gpuModel" },
    submit: async (values) => {
      const { cluster } = await call("ClusterService/CreateCluster", {
        organizationId: state.organization, name: values.name.trim(), gpuModel: values.gpuModel.trim(),
        capacity: {
          cpuMillis: String(Math.round(Number(values.cpu) * 1000) || 0), memoryBytes: String(gibibytes(values.memory) || 0),
          gpuMillis: String(Math.round(Number(values.gpu) * 1000) || 0),
        },
      });
      dialog.close();
      toast(`${cluster.name} is registered.`);
      await agentDialog(cluster);
    },
  });
  const dialog = openDialog("Register a cluster", element);
}

/** Makes a token and shows it once, with the command that uses it. */
export async function agentDialog(cluster) {
  const dialog = openDialog(`Attach an agent to ${cluster.name}`,
    h("p", { text: "An agent runs beside the cluster's container engine and starts what is placed there. It signs in with a token of its own." }));
  const make = button("Make an agent token", { kind: "primary", icon: "key" });
  const again = h("p", { class: "soft small", text: "Earlier tokens of this cluster stay valid until they are revoked (berth cluster agent-token --help)." });
  make.addEventListener("click", async () => {
    make.setAttribute("aria-disabled", "true");
    try {
      const { token } = await call("ClusterService/CreateAgentToken", { clusterId: cluster.id });
      show(dialog.body,
        h("div", { class: "notice warn", text: "The token is shown this once. Keep it in a file that only the agent can read." }),
        h("div", { class: "row" }, h("p", { class: "secret grow", id: "agent-token", text: token }), copyButton(token, "Copy the token")),
        h("p", { class: "soft", text: "On the cluster's machine, with the token in agent.token:" }),
        command("berth-agent --address HOST:PORT --ca ca.pem \\\n  --token-file agent.token --state-folder /var/lib/berth-agent", { wrap: true }),
        h("div", { class: "form-actions" }, button("Done", { kind: "primary", on: () => dialog.close() })));
    } catch (error) {
      make.removeAttribute("aria-disabled");
      toast(error.message, "failed");
    }
  });
  dialog.body.append(again, h("div", { class: "form-actions" }, button("Later", { on: () => dialog.close() }), make));
  make.focus();
}

export function capacityDialog(cluster) {
  const capacity = cluster.capacity ?? {};
  const element = form({
    fields: [
      h("div", { class: "form-grid" },
        field({ name: "cpu", label: "CPU", suffix: "cores", input: textInput({ inputmode: "decimal", value: String(Number(capacity.cpuMillis ?? 0) / 1000) }) }),
        field({ name: "memory", label: "Memory", suffix: "GiB", input: textInput({ inputmode: "decimal", value: String(Number(capacity.memoryBytes ?? 0) / 2 ** 30) }) }),
        field({ name: "gpu", label: "GPUs", suffix: "devices", input: textInput({ inputmode: "numeric", value: String(Number(capacity.gpuMillis ?? 0) / 1000) }) })),
    ],
    action: "Change capacity", fieldNames: { cpu_millis: "cpu", memory_bytes: "memory", gpu_millis: "gpu" },
    submit: async (values) => {
      await call("ClusterService/UpdateCluster", {
        id: cluster.id, cpuMillis: String(Math.round(Number(values.cpu) * 1000) || 0), memoryBytes: String(gibibytes(values.memory) || 0),
        gpuMillis: String(Math.round(Number(values.gpu) * 1000) || 0),
      });
      dialog.close();
      toast(`${cluster.name} has its new capacity.`);
    },
  });
  const dialog = openDialog(`Capacity of ${cluster.name}`, element);
}

// MARK: Organizations

export function organizationDialog(onDone) {
  const element = form({
    fields: [field({ name: "name", label: "Name", input: textInput({ placeholder: "Acme Research", maxlength: 128 }) })],
    action: "Create organization",
    submit: async ({ name }) => {
      const answer = await call("OrganizationService/CreateOrganization", { name: name.trim() });
      dialog.close();
      await onDone(answer.organization.id);
      showInvite(answer.organization.name, answer.inviteCode, "developer");
    },
  });
  const dialog = openDialog("Create an organization", element);
}

export function joinDialog(onDone) {
  const element = form({
    fields: [field({ name: "inviteCode", label: "Invite code", hint: "From an admin of the organization.", input: textInput() })],
    action: "Join", fieldNames: { invite_code: "inviteCode" },
    submit: async ({ inviteCode }) => {
      const answer = await call("OrganizationService/JoinOrganization", { inviteCode: inviteCode.trim() });
      dialog.close();
      toast(`You are a ${answer.role} of ${answer.organization.name}.`);
      await onDone(answer.organization.id);
    },
  });
  const dialog = openDialog("Join an organization", element);
}

export function inviteDialog(organization) {
  const element = form({
    fields: [
      field({ name: "role", label: "Role of whoever joins by it", input: choice([["developer", "Developer: deploys"], ["viewer", "Viewer: looks"], ["admin", "Admin: decides"]], "developer") }),
      h("p", { class: "notice warn", text: "The role's earlier code ends at once." }),
    ],
    action: "Make an invite code",
    submit: async ({ role }) => {
      const { inviteCode } = await call("OrganizationService/RotateInvite", { organizationId: organization.id, role });
      dialog.close();
      showInvite(organization.name, inviteCode, role);
    },
  });
  const dialog = openDialog(`Invite to ${organization.name}`, element);
}

function showInvite(name, code, role) {
  const dialog = openDialog(`Invite code of ${name}`,
    h("p", { text: `Whoever joins by this code is a ${role}. It is shown this once; a new one can be made at any time.` }),
    h("div", { class: "row" }, h("p", { class: "secret grow", id: "invite-code", text: code }), copyButton(code, "Copy the code")));
  dialog.body.append(h("div", { class: "form-actions" }, button("Done", { kind: "primary", on: () => dialog.close() })));
}

export function shortcutsDialog() {
  const rows = [["/", "Search"], ["n", "Deploy a model"], ["g o", "Overview"], ["g q", "Queue"], ["g d", "Deployments"], ["g c", "Clusters"], ["g s", "Scheduler"], ["g p", "People"], ["t", "Light or dark"], ["↑ ↓", "Move in a list"], ["← →", "Move between tabs"], ["Esc", "Close a dialog"], ["?", "This list"]];
  openDialog("Keyboard shortcuts", h("div", { class: "shortcuts" },
    rows.flatMap(([keys, words]) => [h("div", { class: "row tight" }, keys.split(" ").map((key) => h("kbd", { text: key }))), h("span", { text: words })])));
}
