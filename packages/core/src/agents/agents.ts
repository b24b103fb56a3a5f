import type { Context } from "../context.ts";
import { InvalidError, NotFoundError } from "../errors.ts";
import { audit } from "../notices/audit.ts";
import { isMember } from "../organizations/access.ts";
import { placeIn, resolveOrganization } from "../organizations/organizations.ts";
import { op, type Page, type PageOptions } from "../ports/store.ts";
import type { Item, Stored } from "../tables/define-table.ts";
import { newId } from "../values.ts";
import { agents, skills } from "./tables.ts";

export type Agent = Stored<typeof agents>;

export interface AgentInput {
  readonly name: string;
  readonly description: string;
  readonly instructions: string;
  readonly model?: string | null | undefined;
  readonly tools: readonly string[];
  readonly skillIds: readonly string[];
  readonly maxSteps: number;
}
export type AgentChange = { readonly [A in keyof AgentInput]?: AgentInput[A] | undefined };

export async function createAgent(
  context: Context,
  input: AgentInput & { readonly organizationId?: string | undefined },
): Promise<Agent> {
  const { organizationId, stillThere } = await placeIn(context, input.organizationId);
  await requireSkills(context, organizationId, input.skillIds);
  const createdAt = context.now().toISOString();
  const { name, description, instructions, model, tools, skillIds, maxSteps } = input;
  const agent: Item<typeof agents> = {
    id: newId("agt"),
    organizationId,
    name,
    description,
    instructions,
    ...(typeof model === "string" ? { model } : {}),
    tools: [...tools],
    skillIds: [...skillIds],
    maxSteps,
    createdBy: context.principal.userId,
    createdAt,
    updatedAt: createdAt,
  };
  const operations = [op.create(agents, agent), stillThere, audit(context, organizationId, "agent.create", agent.id)];
  return context.commit(operations, { ...agent, version: 1 });
}

async function requireSkills(context: Context, organizationId: string, ids: readonly string[]): Promise<void> {
  const found = await context.store.getMany(
    skills,
    ids.map((id) => ({ id })),
  );
  const issues = ids.flatMap((id, i) =>
    found[i]?.organizationId === organizationId ? [] : [{ path: `skillIds.${i}`, message: `There is no skill ${id}.` }],
  );
  if (issues.length > 0) throw new InvalidError("Not every skill exists in this organization.", issues);
}

/** By the time they were made, newest first. */
export async function listAgents(
  context: Context,
  organizationId: string | undefined,
  page: PageOptions,
): Promise<Page<Agent>> {
  const where = { organizationId: await resolveOrganization(context, organizationId) };
  return context.store.query(agents, { index: "byOrganization", where, order: "desc", ...page });
}

export async function getAgent(context: Context, id: string): Promise<Agent> {
  const agent = await context.store.get(agents, { id });
  if (agent === undefined || !(await isMember(context, agent.organizationId))) {
    throw new NotFoundError(`There is no agent ${id}.`);
  }
  return agent;
}

export async function updateAgent(
  context: Context,
  id: string,
  change: AgentChange,
  ifVersion?: number,
): Promise<Agent> {
  const before = await getAgent(context, id);
  if (change.skillIds !== undefined) await requireSkills(context, before.organizationId, change.skillIds);
  const { model, tools, skillIds, name, description, instructions, maxSteps } = change;
  const set = {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(instructions === undefined ? {} : { instructions }),
    ...(maxSteps === undefined ? {} : { maxSteps }),
    ...(typeof model === "string" ? { model } : {}),
    ...(tools === undefined ? {} : { tools: [...tools] }),
    ...(skillIds === undefined ? {} : { skillIds: [...skillIds] }),
    updatedAt: context.now().toISOString(),
  };
  const { model: modelBefore, ...rest } = before;
  const kept = model === null || modelBefore === undefined ? rest : { ...rest, model: modelBefore };
  const version = ifVersion ?? before.version;
  await context.store.transact([
    op.update(agents, { id }, { set, remove: model === null ? ["model"] : [] }, { if: { version } }),
    audit(context, before.organizationId, "agent.update", id),
  ]);
  return { ...kept, ...set, version: version + 1 };
}

/** Conversations that the agent took part in keep what it said. */
export async function deleteAgent(context: Context, id: string, ifVersion?: number): Promise<void> {
  const agent = await getAgent(context, id);
  await context.store.transact([
    op.delete(agents, { id }, { if: { version: ifVersion ?? agent.version } }),
    audit(context, agent.organizationId, "agent.delete", id),
  ]);
}
