import type { Attribution } from '../../domain/attribution.js';
import type { Actor, AuditAction } from '../../domain/audit.js';
import { type Budget, type BudgetRecord, type BudgetState, budgetTerms } from '../../domain/budget.js';
import { windowEndMs, windowStartMs } from '../../domain/budget-window.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId, toPublicId } from '../../domain/ids.js';
import type { Page, PageRequest } from '../../domain/page.js';
import type { Principal } from '../../domain/principal.js';
import type { Queryable } from '../../persistence/database.js';
import type { Transaction } from '../../persistence/orm.js';
import { createAuditRepository } from '../../persistence/repositories/audit.repository.js';
import {
  type BudgetRepository,
  createBudgetRepository,
  type Mismatch,
} from '../../persistence/repositories/budget.repository.js';
import {
  createThresholdRepository,
  type ThresholdRepository,
} from '../../persistence/repositories/threshold.repository.js';
import { withKnownCursors } from '../cursors.js';
import { parseInput } from '../validation.js';
import { CreateBudgetBody, UpdateBudgetBody } from './budget.schema.js';

/** A budget with its present window. */
export type BudgetWithState = BudgetRecord & BudgetState & { resetsAtMs: number | null };

/** How long the budgets of an end user or a label are believed without asking again. */
const CACHE_MS = 1000;
const CACHE_ENTRIES = 50_000;
const MAX_MISMATCHES = 100;
const DUE_BATCH = 500;

export interface BudgetServiceOptions {
  budgets: BudgetRepository;
  thresholds: ThresholdRepository;
  transaction: Transaction;
  clock: Clock;
  /** What this process believes of keys and their budgets is wrong now; other processes are told by the database. */
  onChange(): void;
  /** Called when webhook deliveries were written. */
  onNotices(): void;
}

export type BudgetService = ReturnType<typeof createBudgetService>;

/**
 * Budgets and who keeps within them: on the project, its keys, end users and labels, any number at once. Every change is in the
 * audit log of the project.
 */
export function createBudgetService(options: BudgetServiceOptions) {
  const { budgets, thresholds, transaction, clock, onChange } = options;
  const cache = new Map<string, { budgets: Promise<Budget[]>; untilMs: number }>();

  const ofSubject = (projectId: string, scope: 'end_user' | 'label', subject: string | null): Promise<Budget[]> => {
    if (subject === null) return Promise.resolve([]);
    const key = `${projectId}:${scope}:${subject}`;
    const nowMs = clock.now();
    const cached = cache.get(key);
    if (cached !== undefined && cached.untilMs > nowMs) return cached.budgets;
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    const found = budgets.findOfSubjects(projectId, [{ scope, subject }]);
    cache.set(key, { budgets: found, untilMs: nowMs + CACHE_MS });
    found.catch(() => cache.delete(key));
    return found;
  };

  const withSubjects = async (principal: Principal, { endUser, label }: Attribution): Promise<Principal> => {
    const found = await Promise.all([
      ofSubject(principal.projectId, 'end_user', endUser),
      ofSubject(principal.projectId, 'label', label),
    ]);
    return { ...principal, budgets: [...principal.budgets, ...found.flat()] };
  };

  const changed = (): void => {
    cache.clear();
    onChange();
  };

  const withStates = async (projectId: string, found: readonly BudgetRecord[]): Promise<BudgetWithState[]> => {
    if (found.length === 0) return [];
    const nowMs = clock.now();
    const states = await budgets.findStates(
      projectId,
      found.map((budget) => ({ budgetId: budget.id, startMs: windowStartMs(budget, nowMs) })),
    );
    return found.map((budget) => {
      const state = states.find(({ budgetId }) => budgetId === budget.id);
      return {
        ...budget,
        settled: state?.settled ?? 0n,
        reserved: state?.reserved ?? 0n,
        resetsAtMs: windowEndMs(budget, nowMs),
      };
    });
  };
  const withState = async (budget: BudgetRecord): Promise<BudgetWithState> =>
    (await withStates(budget.projectId, [budget]))[0] as BudgetWithState;

  const toUuid = (id: string): string => {
    const uuid = parsePublicId('budget', id);
    if (uuid === null) throw errors.notFound(id);
    return uuid;
  };

  return {
    /** The caller with every budget that limits this call. Asks the database only for projects that limit users or labels. */
    limiting: (principal: Principal, attribution: Attribution): Principal | Promise<Principal> =>
      principal.hasSubjectBudgets && (attribution.endUser !== null || attribution.label !== null)
        ? withSubjects(principal, attribution)
        : principal,

    /** Forgets what was believed: a budget has changed somewhere. */
    forget: (): void => cache.clear(),

    /** @throws 400 for a bad body, 404 for an unknown key */
    async create(actor: Actor, unchecked: unknown): Promise<BudgetWithState> {
      const body = parseInput(CreateBudgetBody, unchecked);
      const keyId = body.key_id == null ? null : parsePublicId('key', body.key_id);
      if (body.key_id != null && keyId === null) throw errors.keyNotFound(body.key_id);
      const created = await transaction(async (tx) => {
        const made = await createBudgetRepository(tx).create({
          projectId: actor.projectId,
          id: newUuid(),
          scope: body.scope,
          keyId,
          subject: body.subject ?? null,
          period: body.period,
          cap: body.limit,
          timeZone: body.time_zone ?? 'UTC',
          rollingSeconds: body.rolling_seconds ?? null,
          enforced: body.enforced ?? true,
          thresholds: body.thresholds ?? [],
        });
        if (made === null) throw errors.keyNotFound(body.key_id ?? '');
        await audit(tx, actor, 'budget.created', null, made);
        return made;
      });
      changed();
      return withState(created);
    },

    /** Newest first by default; what a budget for each of them has become is not listed. */
    async list(principal: Pick<Principal, 'projectId'>, page: PageRequest<string>): Promise<Page<BudgetWithState>> {
      const { projectId } = principal;
      const found = await withKnownCursors(
        page,
        (ids) => budgets.findMany(projectId, ids),
        () => budgets.list(projectId, page),
      );
      return { ...found, rows: await withStates(projectId, found.rows) };
    },

    /** By UUID; those that are not there are left out. */
    async findMany({ projectId }: Pick<Principal, 'projectId'>, uuids: readonly string[]): Promise<BudgetWithState[]> {
      return withStates(projectId, await budgets.findMany(projectId, uuids));
    },

    /** @throws 404 */
    async get(principal: Pick<Principal, 'projectId'>, id: string): Promise<BudgetWithState> {
      const [found] = await this.findMany(principal, [toUuid(id)]);
      if (found === undefined) throw errors.notFound(id);
      return found;
    },

    /** Holds from the next call on, in every process. @throws 400, 404 */
    async update(actor: Actor, id: string, unchecked: unknown): Promise<BudgetWithState> {
      const uuid = toUuid(id);
      const { limit, enforced, thresholds } = parseInput(UpdateBudgetBody, unchecked);
      const updated = await transaction(async (tx) => {
        const rows = createBudgetRepository(tx);
        const before = await rows.findForChange(actor.projectId, uuid);
        if (before === null) throw errors.notFound(id);
        const changes = { cap: limit ?? null, enforced: enforced ?? null, thresholds: thresholds ?? null };
        await rows.update(actor.projectId, uuid, changes);
        await createThresholdRepository(tx).rearm(actor.projectId, uuid);
        const after = (await rows.findForChange(actor.projectId, uuid)) as BudgetRecord;
        await audit(tx, actor, 'budget.updated', before, after);
        return after;
      });
      changed();
      return withState(updated);
    },

    /** It limits nothing any more; what was charged to it stays on record. @throws 404 */
    async delete(actor: Actor, id: string): Promise<void> {
      const uuid = toUuid(id);
      await transaction(async (tx) => {
        const rows = createBudgetRepository(tx);
        const before = await rows.findForChange(actor.projectId, uuid);
        if (before === null) throw errors.notFound(id);
        await rows.delete(actor.projectId, uuid);
        await audit(tx, actor, 'budget.deleted', before, null);
      });
      changed();
    },

    /**
     * Tells of every threshold that was passed, in all projects. Settling a run only notices that one was; this may come later, and
     * after a crash.
     */
    async tellThresholds(): Promise<void> {
      for (let windows = DUE_BATCH; windows === DUE_BATCH; ) {
        const taken = await thresholds.takeDue(DUE_BATCH);
        windows = taken.windows;
        if (taken.deliveries > 0) options.onNotices();
      }
    },

    /** Windows of all projects that are not what ledger and reservations add up to; empty is how it has to be. */
    verify: (): Promise<Mismatch[]> => budgets.findMismatches(MAX_MISMATCHES),
  };
}

const audit = (
  tx: Queryable,
  actor: Actor,
  action: AuditAction,
  before: BudgetRecord | null,
  after: BudgetRecord | null,
): Promise<void> =>
  createAuditRepository(tx).append(actor.projectId, actor, {
    action,
    targetId: toPublicId('budget', (after ?? before)?.id ?? ''),
    before: before === null ? null : budgetTerms(before),
    after: after === null ? null : budgetTerms(after),
  });
