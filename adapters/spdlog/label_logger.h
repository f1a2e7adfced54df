// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/spdlog/label_logger.h
// -----------------------------------------------------------------------------
//
// `LabelLogger` is a spdlog logger each of whose lines begins with the labels
// (context/label.h) of the flow that logs it. It reads them in the call, so the
// lines are right also if the logger that it stands before is asynchronous, and
// formats on a thread of its own.
//
// Example:
//
//   auto file = spdlog::basic_logger_mt<spdlog::async_factory>("server", path);
//   weft::LabelLogger log(file);
//   ...
//   log.info("served {}", url);  // [request=42 customer=7] served /index.html

#ifndef WEFT_ADAPTERS_SPDLOG_LABEL_LOGGER_H_
#define WEFT_ADAPTERS_SPDLOG_LABEL_LOGGER_H_

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "spdlog/logger.h"
#include "weft/context/labels.h"

namespace weft {

// LabelLogger
//
// A logger without sinks of its own: what its level lets pass goes to the inner
// logger, with time, place and level as they are, under the inner one's name.
// It begins with the level of the inner one, which keeps its own as well. Turn
// on spdlog's backtrace at the inner one: there each kept line has the labels
// of the flow that logged it. A backtrace of this one would have the labels of
// the flow that dumps it.
//
// Thread-safety: thread-safe, as spdlog's loggers whose names end with `_mt`.
// Lifetime: it shares in the inner logger.
// Cost: one string, and the text of the labels (context/labels.h), for each
//   line that is logged; none for one that the level holds back.
// Errors: std::bad_alloc goes where spdlog's errors go, its error handler.
class LabelLogger final : public spdlog::logger {
 public:
  // Throws std::invalid_argument if `inner` is null.
  explicit LabelLogger(std::shared_ptr<spdlog::logger> inner)
      : spdlog::logger(Checked(inner)->name()), inner_(std::move(inner)) {
    set_level(inner_->level());
  }

  // Returns one that stands before a clone of the inner logger.
  std::shared_ptr<spdlog::logger> clone(std::string name) override {
    auto cloned = std::make_shared<LabelLogger>(inner_->clone(std::move(name)));
    cloned->set_level(level());
    return cloned;
  }

 private:
  static const std::shared_ptr<spdlog::logger>& Checked(
      const std::shared_ptr<spdlog::logger>& inner) {
    if (inner == nullptr) {
      throw std::invalid_argument(
          "LabelLogger: inner is null; it must be the logger that writes");
    }
    return inner;
  }

  void sink_it_(const spdlog::details::log_msg& message) override {
    try {
      std::string line = LogPrefix();
      line.append(message.payload.data(), message.payload.size());
      inner_->log(message.time, message.source, message.level,
                  spdlog::string_view_t(line));
    } catch (const std::exception& error) {
      err_handler_(error.what());
    }
    if (should_flush_(message)) flush_();
  }

  void flush_() override { inner_->flush(); }

  const std::shared_ptr<spdlog::logger> inner_;
};

}  // namespace weft

#endif  // WEFT_ADAPTERS_SPDLOG_LABEL_LOGGER_H_
