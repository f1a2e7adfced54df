// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/rules.h"

#include <array>

namespace weft::conformance {

namespace {

constexpr Rules With(Flaw flaw) {
  Rules rules = kWeftRules;
  rules.flaw = flaw;
  return rules;
}

constexpr std::array kWrongVariants = {
    // Node's rules are wrong for Weft.
    WrongVariant{"AlwaysScopeLeftOut", {.always_scope = false}},
    WrongVariant{"DisableEverywhereLeftOut", {.disable_everywhere = false}},
    WrongVariant{"PlainSnapshotsLeftOut", {.plain_snapshots = false}},
    WrongVariant{"HooksInFrameLeftOut", {.hooks_in_frame = false}},
    WrongVariant{"ThenCapturesBeforeInitLeftOut",
                 {.then_captures_before_init = false}},
    WrongVariant{"RunKeepsStore", With(Flaw::kRunKeepsStore)},
    WrongVariant{"RunKeepsStoreOnThrow", With(Flaw::kRunKeepsStoreOnThrow)},
    WrongVariant{"RunRestoresWholeFrame", With(Flaw::kRunRestoresWholeFrame)},
    WrongVariant{"RunRebindsAfterDisable", With(Flaw::kRunRebindsAfterDisable)},
    WrongVariant{"ExitUnbinds", With(Flaw::kExitUnbinds)},
    WrongVariant{"ExitKeepsNone", With(Flaw::kExitKeepsNone)},
    WrongVariant{"ScopeKeepsStore", With(Flaw::kScopeKeepsStore)},
    WrongVariant{"ScopeKeepsStoreOnThrow", With(Flaw::kScopeKeepsStoreOnThrow)},
    WrongVariant{"ScopeRestoresWholeFrame",
                 With(Flaw::kScopeRestoresWholeFrame)},
    WrongVariant{"EnterChangesSharedFrame",
                 With(Flaw::kEnterChangesSharedFrame)},
    WrongVariant{"NoneShowsDefault", With(Flaw::kNoneShowsDefault)},
    WrongVariant{"DisableThisFlowOnly", With(Flaw::kDisableThisFlowOnly)},
    WrongVariant{"DisableUntilNextUse", With(Flaw::kDisableUntilNextUse)},
    WrongVariant{"DisableHidesDefault", With(Flaw::kDisableHidesDefault)},
    WrongVariant{"DisableAllStorages", With(Flaw::kDisableAllStorages)},
    WrongVariant{"TaskCapturesNothing", With(Flaw::kTaskCapturesNothing)},
    WrongVariant{"TaskCapturesAtExecution",
                 With(Flaw::kTaskCapturesAtExecution)},
    WrongVariant{"TaskCapturesAfterInit", With(Flaw::kTaskCapturesAfterInit)},
    WrongVariant{"TaskKeepsWorkersFrame", With(Flaw::kTaskKeepsWorkersFrame)},
    WrongVariant{"TaskTriggeredByCreatorsTrigger",
                 With(Flaw::kTaskTriggeredByCreatorsTrigger)},
    WrongVariant{"TaskQueuedBeforeInit", With(Flaw::kTaskQueuedBeforeInit)},
    WrongVariant{"TasksNewestFirst", With(Flaw::kTasksNewestFirst)},
    WrongVariant{"TaskAfterSkippedOnThrow",
                 With(Flaw::kTaskAfterSkippedOnThrow)},
    WrongVariant{"SnapshotMerges", With(Flaw::kSnapshotMerges)},
    WrongVariant{"SnapshotKeepsInner", With(Flaw::kSnapshotKeepsInner)},
    WrongVariant{"SnapshotKeepsInnerOnThrow",
                 With(Flaw::kSnapshotKeepsInnerOnThrow)},
    WrongVariant{"SnapshotRemembers", With(Flaw::kSnapshotRemembers)},
    WrongVariant{"SnapshotEmptyIgnored", With(Flaw::kSnapshotEmptyIgnored)},
    WrongVariant{"BindCapturesAtCall", With(Flaw::kBindCapturesAtCall)},
    WrongVariant{"ResourceRunsInCallersFrame",
                 With(Flaw::kResourceRunsInCallersFrame)},
    WrongVariant{"ResourceMerges", With(Flaw::kResourceMerges)},
    WrongVariant{"ResourceKeepsInner", With(Flaw::kResourceKeepsInner)},
    WrongVariant{"ResourceRemembers", With(Flaw::kResourceRemembers)},
    WrongVariant{"ResourceKeepsIdsOnThrow",
                 With(Flaw::kResourceKeepsIdsOnThrow)},
    WrongVariant{"ResourceTriggerIgnored", With(Flaw::kResourceTriggerIgnored)},
    WrongVariant{"ResourceAfterSkippedOnThrow",
                 With(Flaw::kResourceAfterSkippedOnThrow)},
    WrongVariant{"ResourceAfterUnderCallersIds",
                 With(Flaw::kResourceAfterUnderCallersIds)},
    WrongVariant{"InitUnderNewId", With(Flaw::kInitUnderNewId)},
    WrongVariant{"HookListLive", With(Flaw::kHookListLive)},
    WrongVariant{"HookChangesAfterEachEvent",
                 With(Flaw::kHookChangesAfterEachEvent)},
    WrongVariant{"HookListKeptUntilAfter", With(Flaw::kHookListKeptUntilAfter)},
    WrongVariant{"HookEnabledTwice", With(Flaw::kHookEnabledTwice)},
    WrongVariant{"HookKeepsPlace", With(Flaw::kHookKeepsPlace)},
    WrongVariant{"HooksNewestFirst", With(Flaw::kHooksNewestFirst)},
    WrongVariant{"HooksSilentInHooks", With(Flaw::kHooksSilentInHooks)},
    WrongVariant{"MicroIsTask", With(Flaw::kMicroIsTask)},
    WrongVariant{"MicroAtOnce", With(Flaw::kMicroAtOnce)},
    WrongVariant{"MicrosNewestFirst", With(Flaw::kMicrosNewestFirst)},
    WrongVariant{"MicrosOfMainEachWithItsOwn",
                 With(Flaw::kMicrosOfMainEachWithItsOwn)},
    WrongVariant{"MicroCapturesNothing", With(Flaw::kMicroCapturesNothing)},
    WrongVariant{"ThenSeesResolversFrame", With(Flaw::kThenSeesResolversFrame)},
    WrongVariant{"ThenTriggeredByCreator", With(Flaw::kThenTriggeredByCreator)},
    WrongVariant{"ThenOnResolvedAtOnce", With(Flaw::kThenOnResolvedAtOnce)},
    WrongVariant{"ResolveTwice", With(Flaw::kResolveTwice)},
    WrongVariant{"ContinuationDoesNotResolve",
                 With(Flaw::kContinuationDoesNotResolve)},
    WrongVariant{"ContinuationResolvesAfterAfter",
                 With(Flaw::kContinuationResolvesAfterAfter)},
    WrongVariant{"WaitKeepsHelpedFrame", With(Flaw::kWaitKeepsHelpedFrame)},
    WrongVariant{"WaitKeepsHelpedIds", With(Flaw::kWaitKeepsHelpedIds)},
    WrongVariant{"WaitRunsThoughDone", With(Flaw::kWaitRunsThoughDone)},
    WrongVariant{"WaitRunsNewestFirst", With(Flaw::kWaitRunsNewestFirst)},
    WrongVariant{"WaitHoldsMicrosBack", With(Flaw::kWaitHoldsMicrosBack)},
    WrongVariant{"WaitThrowsNothing", With(Flaw::kWaitThrowsNothing)},
    WrongVariant{"JoinThrowsAgain", With(Flaw::kJoinThrowsAgain)},
    WrongVariant{"CancelledTaskLosesItsTurn",
                 With(Flaw::kCancelledTaskLosesItsTurn)},
};

}  // namespace

std::span<const WrongVariant> WrongVariants() { return kWrongVariants; }

}  // namespace weft::conformance
