import type { Context } from "../context.ts";
import { NotFoundError } from "../errors.ts";
import { audit } from "../notices/audit.ts";
import { isMember } from "../organizations/access.ts";
import { placeIn, resolveOrganization } from "../organizations/organizations.ts";
import { op, type Page, type PageOptions } from "../ports/store.ts";
import type { Item, Stored } from "../tables/define-table.ts";
import { newId } from "../values.ts";
import { skills } from "./tables.ts";

export type Skill = Stored<typeof skills>;

export interface SkillInput {
  readonly name: string;
  readonly description: string;
  readonly content: string;
}

export async function createSkill(
  context: Context,
  input: SkillInput & { readonly organizationId?: string | undefined },
): Promise<Skill> {
  const { organizationId, stillThere } = await placeIn(context, input.organizationId);
  const createdAt = context.now().toISOString();
  const { name, description, content } = input;
  const skill: Item<typeof skills> = {
    id: newId("skl"),
    organizationId,
    name,
    description,
    content,
    createdBy: context.principal.userId,
    createdAt,
    updatedAt: createdAt,
  };
  const operations = [op.create(skills, skill), stillThere, audit(context, organizationId, "skill.create", skill.id)];
  return context.commit(operations, { ...skill, version: 1 });
}

/** By the time they were made, newest first. */
export async function listSkills(
  context: Context,
  organizationId: string | undefined,
  page: PageOptions,
): Promise<Page<Skill>> {
  const where = { organizationId: await resolveOrganization(context, organizationId) };
  return context.store.query(skills, { index: "byOrganization", where, order: "desc", ...page });
}

export async function getSkill(context: Context, id: string): Promise<Skill> {
  const skill = await context.store.get(skills, { id });
  if (skill === undefined || !(await isMember(context, skill.organizationId))) {
    throw new NotFoundError(`There is no skill ${id}.`);
  }
  return skill;
}

export async function updateSkill(
  context: Context,
  id: string,
  change: { readonly [A in keyof SkillInput]?: SkillInput[A] | undefined },
  ifVersion?: number,
): Promise<Skill> {
  const before = await getSkill(context, id);
  const { name, description, content } = change;
  const set = {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(content === undefined ? {} : { content }),
    updatedAt: context.now().toISOString(),
  };
  const version = ifVersion ?? before.version;
  await context.store.transact([
    op.update(skills, { id }, { set }, { if: { version } }),
    audit(context, before.organizationId, "skill.update", id),
  ]);
  return { ...before, ...set, version: version + 1 };
}

/** Agents that had the skill go on without it. */
export async function deleteSkill(context: Context, id: string, ifVersion?: number): Promise<void> {
  const skill = await getSkill(context, id);
  await context.store.transact([
    op.delete(skills, { id }, { if: { version: ifVersion ?? skill.version } }),
    audit(context, skill.organizationId, "skill.delete", id),
  ]);
}
