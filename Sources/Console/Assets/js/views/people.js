// Who belongs to the organization, and as what.
import { h, keyed, setText, show } from "../dom.js";
import { call } from "../rpc.js";
import { state } from "../state.js";
import { plural } from "../format.js";
import { button, choice, confirmed, time, toast } from "../parts.js";
import { inviteDialog } from "../dialogs.js";
import { pages } from "./pager.js";

const MEMBERS = 2_000;
const roles = [["admin", "Admin"], ["developer", "Developer"], ["viewer", "Viewer"]];

export function people() {
  const lead = h("p", { class: "lead" });
  const rows = h("div", { class: "list", role: "list" });
  const draw = keyed(rows, (member) => row(member, load), (member) => member.userId);
  const pager = pages(() => draw(pager.cut(members).items));
  const failure = h("p", { class: "form-error", role: "alert", hidden: true });
  let members = [];
  let isClosed = false;

  async function load() {
    try {
      const all = [];
      let token = "";
      do {
        const answer = await call("OrganizationService/ListMembers", { organizationId: state.organization, page: { size: 500, token } });
        all.push(...(answer.members ?? []));
        token = answer.nextPageToken ?? "";
      } while (token && all.length < MEMBERS);
      members = all;
      failure.hidden = true;
      setText(lead, `${plural(members.length, "member")}. Admins decide, developers deploy, viewers look.`);
      draw(pager.cut(members).items);
    } catch (error) {
      failure.hidden = false;
      setText(failure, error.message);
      if (error.code === "UNAVAILABLE" && !isClosed) setTimeout(load, 2000);
    }
  }
  load();

  return {
    title: "People",
    element: h("div", {}, h("div", { class: "page-head" }, h("div", {}, h("h1", { text: "People" }), lead),
      state.isAdmin ? button("Invite", { kind: "primary", icon: "plus", on: () => inviteDialog(state.current) }) : null),
    failure, h("section", { class: "card member-list" },
      h("div", { class: "list-head", "aria-hidden": "true" }, ["Member", "Role", "Joined", ""].map((text) => h("span", { text }))), rows, pager.element)),
    close: () => { isClosed = true; },
  };
}

function row(member, reload) {
  const name = h("p", { class: "strong clip" });
  const username = h("p", { class: "soft small clip" });
  const role = h("span", {});
  const joined = time(member.joinedAt);
  joined.element.classList.add("soft", "small");
  const isSelf = member.userId === state.caller?.id;
  const remove = state.isAdmin || isSelf ? button(isSelf ? "Leave" : "Remove", { kind: "small danger", on: () => confirmed({
    title: isSelf ? `Leave ${state.current.name}?` : `Remove ${member.username}?`, action: isSelf ? "Leave" : "Remove",
    words: isSelf ? "You lose access at once. An admin can invite you again." : "They lose access at once. What they deployed stays.",
    run: async () => {
      await call("OrganizationService/RemoveMember", { organizationId: member.organizationId, userId: member.userId });
      if (isSelf) location.reload();
      else await reload();
    },
  }) }) : h("span");
  let shown = null;
  return {
    element: h("div", { class: "list-row", role: "listitem" }, h("div", { class: "row grow" }, h("span", { class: "avatar", "aria-hidden": "true", text: (member.displayName || member.username).slice(0, 2) }), h("div", { class: "grow" }, name, username)), role, joined.element, remove),
    update(next) {
      setText(name, `${next.displayName || next.username}${isSelf ? " (you)" : ""}`);
      setText(username, next.username);
      joined.update(next.joinedAt);
      if (shown === next.role) return;
      shown = next.role;
      show(role, state.isAdmin ? roleChoice(next, reload) : h("span", { class: "badge plain", text: next.role }));
    },
  };
}

function roleChoice(member, reload) {
  const select = choice(roles, member.role, { "aria-label": `Role of ${member.username}` });
  select.addEventListener("change", async () => {
    try {
      await call("OrganizationService/SetMemberRole", { organizationId: member.organizationId, userId: member.userId, role: select.value });
      toast(`${member.username} is ${select.value === "admin" ? "an" : "a"} ${select.value} now.`);
      await reload();
    } catch (error) {
      select.value = member.role;
      toast(error.message, "failed");
    }
  });
  return select;
}
