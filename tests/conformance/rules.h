// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Which rules the reference model follows: Weft's, Node's, or Weft's with one
// mistake.

#ifndef WEFT_TESTS_CONFORMANCE_RULES_H_
#define WEFT_TESTS_CONFORMANCE_RULES_H_

#include <span>
#include <string_view>

namespace weft::conformance {

// A mistake that an implementation could make.
enum class Flaw {
  kNone,
  // Storages.
  kRunKeepsStore,
  kRunKeepsStoreOnThrow,
  kRunRestoresWholeFrame,
  kRunRebindsAfterDisable,
  kExitUnbinds,
  kExitKeepsNone,
  kScopeKeepsStore,
  kScopeKeepsStoreOnThrow,
  kScopeRestoresWholeFrame,
  kEnterChangesSharedFrame,
  kNoneShowsDefault,
  kDisableThisFlowOnly,
  kDisableUntilNextUse,
  kDisableHidesDefault,
  kDisableAllStorages,
  // Tasks.
  kTaskCapturesNothing,
  kTaskCapturesAtExecution,
  kTaskCapturesAfterInit,
  kTaskKeepsWorkersFrame,
  kTaskTriggeredByCreatorsTrigger,
  kTaskQueuedBeforeInit,
  kTasksNewestFirst,
  kTaskAfterSkippedOnThrow,
  // Snapshots.
  kSnapshotMerges,
  kSnapshotKeepsInner,
  kSnapshotKeepsInnerOnThrow,
  kSnapshotRemembers,
  kSnapshotEmptyIgnored,
  kBindCapturesAtCall,
  // Resources.
  kResourceRunsInCallersFrame,
  kResourceMerges,
  kResourceKeepsInner,
  kResourceRemembers,
  kResourceKeepsIdsOnThrow,
  kResourceTriggerIgnored,
  kResourceAfterSkippedOnThrow,
  kResourceAfterUnderCallersIds,
  // Hooks.
  kInitUnderNewId,
  kHookListLive,
  kHookChangesAfterEachEvent,
  kHookListKeptUntilAfter,
  kHookEnabledTwice,
  kHookKeepsPlace,
  kHooksNewestFirst,
  kHooksSilentInHooks,
  // What runs right after a task, and promises.
  kMicroIsTask,
  kMicroAtOnce,
  kMicrosNewestFirst,
  kMicrosOfMainEachWithItsOwn,
  kMicroCapturesNothing,
  kThenSeesResolversFrame,
  kThenTriggeredByCreator,
  kThenOnResolvedAtOnce,
  kResolveTwice,
  kContinuationDoesNotResolve,
  kContinuationResolvesAfterAfter,
  // Waits.
  kWaitKeepsHelpedFrame,
  kWaitKeepsHelpedIds,
  kWaitRunsThoughDone,
  kWaitRunsNewestFirst,
  kWaitHoldsMicrosBack,
  kWaitThrowsNothing,
  kJoinThrowsAgain,
  kCancelledTaskLosesItsTurn,
  // Coroutines, generators, nurseries, races and limits.
  kCoroutineForgetsItsContext,
  kCoroutineRunsInResumersContext,
  kCoroutineRunsUnderResumersIds,
  kCoroutineEntersItsParent,
  kCoroutineKeepsItsScope,
  kCoroutineTakesWhatCameTooLate,
  kGeneratorSeesItsConsumer,
  kNurseryDoesNotWait,
  kNurseryLosesAFailure,
  kNurseryThrowsTheLast,
  kNurseryGoesOnAfterAFailure,
  kRaceCallsItsLosers,
  kRaceIsWonByTheLast,
  kCancelIsNotInherited,
  kCancelWakesNobody,
  kLimitsAreNotLookedAt,
  kDeadlinesDoNotPass,
};

// Does it show only in programs that wait?
constexpr bool IsOfWaits(Flaw flaw) {
  return flaw >= Flaw::kWaitKeepsHelpedFrame &&
         flaw < Flaw::kCoroutineForgetsItsContext;
}
// Only in programs with coroutines?
constexpr bool IsOfCoroutines(Flaw flaw) {
  return flaw >= Flaw::kCoroutineForgetsItsContext;
}

struct Rules {
  // `run` and `exit` put the storage back also if the store was current before.
  bool always_scope = true;
  // `disable` reaches every flow, pending task and capture.
  bool disable_everywhere = true;
  // `snap` and `bind` capture values only: no ids, no events.
  bool plain_snapshots = true;
  // before and after of a resource scope are called in the resource's frame.
  bool hooks_in_frame = true;
  // `then` captures the context before its init callbacks are called, as
  // `spawn` does.
  bool then_captures_before_init = true;

  Flaw flaw = Flaw::kNone;
};

inline constexpr Rules kWeftRules = {};
inline constexpr Rules kNodeRules = {.always_scope = false,
                                     .disable_everywhere = false,
                                     .plain_snapshots = false,
                                     .hooks_in_frame = false,
                                     .then_captures_before_init = false};

// Weft's rules with something wrong.
struct WrongVariant {
  std::string_view name;
  Rules rules;
};

std::span<const WrongVariant> WrongVariants();

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_RULES_H_
