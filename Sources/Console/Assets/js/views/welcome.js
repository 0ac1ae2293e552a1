// For somebody without an organization.
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { button, command, empty } from "../parts.js";
import { joinDialog, organizationDialog } from "../dialogs.js";
import { state } from "../state.js";

export function welcome({ onOrganizationsChanged }) {
  const name = state.caller?.user?.displayName || state.caller?.name || "";
  return {
    title: "Welcome",
    element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: name ? `Welcome, ${name}` : "Welcome" }))),
      h("section", { class: "card" }, empty({
        title: "Begin with an organization",
        words: "Clusters and deployments belong to an organization. Create one of your own, or join one with the invite code that an admin gave you.",
        actions: [
          h("div", { class: "row wrap" },
            h("button", { type: "button", class: "button primary", on: { click: () => organizationDialog(onOrganizationsChanged) } }, icon("plus"), "Create an organization"),
            button("Join by invite code", { on: () => joinDialog(onOrganizationsChanged) })),
          h("p", { class: "small", text: "Or in a terminal:" }), command("berth org create my-team"),
        ],
      }))),
  };
}
