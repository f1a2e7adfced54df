// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Which programs print, task by task, the same under every schedule.

#ifndef WEFT_TESTS_CONFORMANCE_CONFLUENCE_H_
#define WEFT_TESTS_CONFORMANCE_CONFLUENCE_H_

#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

// False for some programs that are confluent, true for none that is not. True
// needs: no `disable`, no `cancel` and no acts; hooks switched by the main
// program before its first task only; a name made in one place, used only after
// that, in the same task or its descendants, and nothing made in the body of
// `bind`; races of one input, deadlines that do not pass, and no exceptions in
// a nursery, where they cancel others.
//
// Whether a coroutine is suspended where it awaits depends on the schedule all
// the same: of its lines those between two segments must be left out
// (RunLog::TextOfCoroutinesByTask()).
//
// Every wait of such a program ends, however many threads there are: each
// promise is resolved by the task that is spawned right after it is made, first
// of all; and tasks and continuations are waited for by who made them. So who
// waits is waiting for what started later, or has yet to, and so does, on each
// stack, what lies below for what lies above. A coroutine that goes on may lie
// above what it has made: for such it waits by `co_await` alone, if that may
// wait itself.
bool IsConfluent(const Program& program);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_CONFLUENCE_H_
