import { type Attribution, attributionOf } from '../../domain/attribution.js';
import type { Clock } from '../../domain/clock.js';
import { errors } from '../../domain/errors.js';
import { newUuid, parsePublicId } from '../../domain/ids.js';
import { type Include, includeNothing } from '../../domain/include.js';
import { type Item, isMessage } from '../../domain/item.js';
import type { Literals } from '../../domain/json-literals.js';
import type { Owner, Principal } from '../../domain/principal.js';
import type { Prompt } from '../../domain/prompt.js';
import type { ResponseWithOutput } from '../../domain/response.js';
import type { Tool } from '../../domain/tool.js';
import { checkToolContinuity } from '../../domain/tool-continuity.js';
import type { ConversationRepository } from '../../persistence/repositories/conversation.repository.js';
import type { ResponseRepository } from '../../persistence/repositories/response.repository.js';
import type { TextFormat } from '../../providers/provider.js';
import type { SchemaChecker } from '../../tools/json-schema/checker.js';
import type { McpConnector } from '../../tools/mcp/connector.js';
import type { ToolRegistry } from '../../tools/registry.js';
import { checkModel } from '../access/check-model.js';
import type { CompactionItems } from '../compaction/compaction-items.js';
import { type CompactionPlan, planCompaction } from '../compaction/compaction-plan.js';
import type { FileInliner } from '../files/file-inliner.js';
import { type StoredItem, toStoredItem } from '../items.schema.js';
import type { ModelRouter } from '../models/model-router.js';
import type { Route } from '../models/route.js';
import type { PromptService } from '../prompts/prompt.service.js';
import { parseInput } from '../validation.js';
import { bodySchemaOf, type CreateResponseBody } from './create-response.schema.js';
import { checkAcrossFields, toCommand, toSettings } from './response-settings.js';
import { conversationName, createRunSources, fromMemory, type History } from './run-sources.js';
import { checkFormat } from './text-format.js';
import type { ThoughtSeal } from './thought-seal.js';
import { checkToolChoice } from './tool-choice.js';
import { offerTools, type ToolOffer } from './tool-offer.js';

/** Everything a run needs to know, decided before anything is written or sent. */
export interface RunPlan {
  principal: Principal;
  record: ResponseWithOutput;
  /** What the caller sent, with ids. */
  input: StoredItem[];
  /** What came before the input, as it is kept. */
  history: readonly Item[];
  /** History and input, in order: what the model sees first. */
  context: Item[];
  /**
   * For a run in a conversation: the context as it is now. Asked once the run holds the conversation's lock, because a run
   * that ended between planning and locking has added to it.
   */
  refresh: (() => Promise<Item[]>) | null;
  /** Where the parent response ended, or null. */
  parent: History['parent'];
  /** Whether the context is made smaller before the first turn. */
  compaction: CompactionPlan | null;
  /** Long texts of the request as they were written. */
  literals: Literals | null;
  route: Route;
  tools: ToolOffer;
  format: TextFormat;
  /** What the answer shows beside the usual. */
  include: Include;
  /** Whether deltas are padded to hide their lengths. */
  obfuscate: boolean;
  stream: boolean;
  /** For a background run: its body with everything resolved that may change before it starts. */
  command: CreateResponseBody | null;
}

/** What a queued run was begun with, read back. */
export interface BegunRun {
  record: ResponseWithOutput;
  input: StoredItem[];
  /** What the model sees before the input. */
  history: Item[];
}

/** Why a plan is made, if not for a new run. */
interface Occasion {
  /** Nothing will run: neither a model nor input is required then. */
  unrun?: { model: string };
  /** The plan of a run is made again from its command: what was written down stays as it is. */
  begun?: BegunRun;
  /** Responses that only the caller's connection knows. Asked before the database is. */
  recall?: Recall | undefined;
  literals?: Literals | null | undefined;
}

/** The whole conversation up to the end of a response (UUID) that was not stored, or undefined. */
export type Recall = (responseId: string) => readonly Item[] | undefined;

export interface RunPlannerOptions {
  /** The caller with every budget that limits a run. */
  limiting(principal: Principal, attribution: Attribution): Principal | Promise<Principal>;
  responses: ResponseRepository;
  conversations: ConversationRepository;
  prompts: PromptService;
  router: ModelRouter;
  thoughts: ThoughtSeal;
  schemas: SchemaChecker;
  files: FileInliner;
  tools: ToolRegistry;
  /** Refuses tools that name stores which are not there; null when nothing has to be looked up. */
  checkStores(owner: Owner, tools: readonly Tool[]): Promise<void> | null;
  compactions: CompactionItems;
  connector: McpConnector;
  clock: Clock;
}

export type RunPlanner = ReturnType<typeof createRunPlanner>;

/**
 * Request body → plan. Problems are reported in the hosted order: required fields, types and bounds, rules across fields,
 * look-ups (errors section).
 */
export function createRunPlanner(options: RunPlannerOptions) {
  const { prompts, router, thoughts, files, schemas, tools, connector, compactions, clock, checkStores } = options;
  const sources = createRunSources(options);

  const loadPrompt = (
    principal: Principal,
    { id, version }: NonNullable<CreateResponseBody['prompt']>,
  ): Promise<Prompt> => prompts.resolve(principal, id, version == null ? null : String(version));

  return {
    /** @throws 400 for a bad body, 404 for an unknown conversation or prompt */
    async plan(
      principal: Principal,
      unchecked: unknown,
      { unrun, begun, recall, literals = null }: Occasion = {},
    ): Promise<RunPlan> {
      const body = parseInput(bodySchemaOf(unchecked), unchecked);
      checkAcrossFields(body);
      const prompt = body.prompt ? await loadPrompt(principal, body.prompt) : null;

      const model = body.model ?? prompt?.model ?? unrun?.model ?? null;
      if (model === null) throw errors.missingParameter('model');
      const hasInput = typeof body.input === 'string' || (Array.isArray(body.input) && body.input.length > 0);
      const continues = Boolean(body.previous_response_id) || Boolean(body.conversation);
      const isNew = unrun === undefined && begun === undefined;
      if (isNew && !hasInput && !continues && !prompt?.instructions) {
        if (Array.isArray(body.input)) throw errors.invalidParameter('empty_array', 'input', 'Send at least one item.');
        throw errors.missingParameter('input');
      }

      const conversation = conversationName(body);
      const conversationId = conversation === null ? null : parsePublicId('conversation', conversation);
      if (conversation !== null && conversationId === null) throw errors.conversationNotFound(conversation);
      const previousId = body.previous_response_id ? parsePublicId('response', body.previous_response_id) : null;
      if (body.previous_response_id && previousId === null)
        throw errors.previousResponseNotFound(body.previous_response_id);

      const requestTools = body.tools ?? (prompt === null ? [] : prompts.toolsOf(principal, prompt));
      if (isNew) checkModel(principal, model);
      const route = router.resolve(model, {
        projectId: principal.projectId,
        ...(begun === undefined ? {} : { atMs: begun.record.createdAtMs }),
      });
      const offered = offerTools(requestTools, { registry: tools, connector, provider: route.provider });
      checkToolChoice(body.tool_choice ?? 'auto', requestTools);
      const storesAreThere = isNew ? checkStores(principal, requestTools) : null;
      if (storesAreThere !== null) await storesAreThere;

      const recalled = previousId === null ? undefined : recall?.(previousId);
      // What is there at once is not waited for: each turn of the event loop's queue costs, and most requests need none of these.
      const found = recalled ? fromMemory(recalled) : sources.history(principal, body, conversationId, previousId);
      const history = found instanceof Promise ? await found : found;
      const asked = begun?.input ?? sources.input(principal, body.input);
      const sent = asked instanceof Promise ? await asked : asked;
      // What is stored has to be complete: it takes along what was not stored before.
      const isCarried = recalled !== undefined && body.store !== false;
      const input = isCarried ? [...recalled.map(toStoredItem), ...sent] : sent;
      const inputItems = input.map(({ item }) => item);
      thoughts.check(principal.projectId, inputItems);
      const compaction = planCompaction(body.context_management, inputItems);
      const toContext = (earlier: Item[]): Item[] | Promise<Item[]> => {
        const context = earlier.concat(inputItems);
        checkToolContinuity(context);
        const expanded = compactions.expand(principal.projectId, context);
        const opened = thoughts.open(principal.projectId, withReasoningContext(expanded, body.reasoning?.context));
        return files.inline(principal, opened, inputItems);
      };
      const earlier = begun?.history ?? (isCarried ? [] : history.items);
      const made = toContext(earlier);
      const context = made instanceof Promise ? await made : made;
      if (compaction?.isAll && context.length === 0) throw errors.invalidInput('There is nothing to compact.');

      const format = (body.text?.format ?? { type: 'text' }) as TextFormat;
      const settings = toSettings(body, prompt, requestTools, format);
      if (isNew && format.type !== 'text')
        await checkFormat(format, schemas, { instructions: settings.instructions, items: context });
      const background = body.background ?? false;
      const stream = body.stream ?? false;
      const attribution = attributionOf(principal, settings, body.metadata);
      const limited = begun === undefined ? options.limiting(principal, attribution) : principal;
      return {
        principal: limited instanceof Promise ? await limited : limited,
        input,
        history: earlier,
        context,
        refresh:
          conversationId === null
            ? null
            : async () => toContext(await sources.current(principal, conversationId, history)),
        parent: history.parent,
        compaction,
        literals,
        route,
        tools: offered,
        format,
        include: body.include?.length ? new Set(body.include) : includeNothing,
        obfuscate: body.stream_options?.include_obfuscation ?? false,
        stream,
        command: background && begun === undefined ? toCommand(body, model, settings, requestTools) : null,
        record: begun?.record ?? {
          projectId: principal.projectId,
          id: newUuid(),
          status: background ? 'queued' : 'in_progress',
          model,
          createdAtMs: clock.now(),
          completedAtMs: null,
          keyId: principal.keyId,
          endUser: principal.endUser,
          previousResponseId: previousId,
          conversationId,
          promptId: prompt?.id ?? null,
          promptVersion: prompt?.version ?? null,
          background,
          store: body.store ?? true,
          logged: stream || background,
          settings,
          metadata: body.metadata ?? {},
          error: null,
          incompleteReason: null,
          usage: null,
          lastSequence: null,
          output: [],
        },
      };
    },
  };
}

/** What the model is shown of its earlier thoughts: all, or with `current_turn` those since the user last spoke. */
function withReasoningContext(items: Item[], context: unknown): Item[] {
  if (context !== 'current_turn') return items;
  const turn = items.findLastIndex((item) => isMessage(item) && item.role === 'user');
  return items.filter((item, index) => item.type !== 'reasoning' || index > turn);
}
