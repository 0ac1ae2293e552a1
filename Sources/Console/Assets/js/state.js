// Who is signed in, and which organization the page shows.

const KEY = "berth-organization";

export const state = {
  caller: null,
  /** Id of the organization that is shown. */
  organization: null,
  /** `{ id, name, role }`, by name. */
  organizations: [],

  get current() { return this.organizations.find(({ id }) => id === this.organization) ?? null; },
  get isSuperAdmin() { return this.caller?.user?.superAdmin === true; },
  get isAdmin() { return this.isSuperAdmin || this.current?.role === "admin"; },
  get mayDeploy() { return this.isSuperAdmin || ["admin", "developer"].includes(this.current?.role); },

  select(id) {
    this.organization = id;
    if (id) localStorage.setItem(KEY, id);
  },

  takeOrganizations(organizations) {
    this.organizations = organizations.sort((left, right) => left.name.localeCompare(right.name));
    const known = (id) => this.organizations.some((organization) => organization.id === id);
    const remembered = localStorage.getItem(KEY);
    if (!known(this.organization)) this.organization = known(remembered) ? remembered : this.organizations[0]?.id ?? null;
  },

  clear() {
    this.caller = null;
    this.organization = null;
    this.organizations = [];
  },
};
