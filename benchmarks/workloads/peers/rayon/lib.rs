// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

//! Rayon's `join()`, for C++: pools of each size, kept until the process ends.

use std::collections::BTreeMap;
use std::sync::Mutex;

static POOLS: Mutex<BTreeMap<usize, &'static rayon::ThreadPool>> = Mutex::new(BTreeMap::new());

fn pool(threads: usize) -> &'static rayon::ThreadPool {
    POOLS.lock().unwrap().entry(threads).or_insert_with(|| {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
        Box::leak(Box::new(builder.build().unwrap()))
    })
}

fn fib(n: i32) -> i64 {
    if n < 2 {
        return i64::from(n);
    }
    let (left, right) = rayon::join(|| fib(n - 1), || fib(n - 2));
    left + right
}

/// The n-th Fibonacci number, by recursion that forks at each call but leaves.
#[no_mangle]
pub extern "C" fn weft_rayon_fib(threads: usize, n: i32) -> i64 {
    pool(threads).install(|| fib(n))
}
