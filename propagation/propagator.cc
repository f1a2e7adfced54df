// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/propagation/propagator.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <stdexcept>

#include "weft/propagation/baggage.h"
#include "weft/propagation/internal/text.h"
#include "weft/propagation/trace_state.h"

namespace weft {

namespace {

using propagation_internal::AppendPercentEncoded;
using propagation_internal::PercentDecoded;
using propagation_internal::ReadNumber;
using propagation_internal::Trimmed;

constexpr std::string_view kTraceParent = "traceparent";
constexpr std::string_view kTraceState = "tracestate";
constexpr std::string_view kBaggage = "baggage";

// Digits of the time left: some 115 days.
constexpr std::size_t kMaxTimeDigits = 10;

// The values of one field, joined by commas as if they were one: their number,
// and their size whatever it is; of the text itself no more than the limit and
// one byte, and no copy of what stands in one value.
class JoinedValues final : public FieldReader::Values {
 public:
  JoinedValues(const FieldReader& fields, std::string_view name,
               std::size_t limit)
      : limit_(limit) {
    fields.Read(name, *this);
  }

  void Add(std::string_view value) override {
    ++count_;
    size_ += value.size();
    if (count_ == 1) {
      first_ = value.substr(0, limit_ + 1);
      return;
    }
    ++size_;  // the comma
    if (count_ == 2) joined_ = first_;
    if (joined_.size() > limit_) return;
    joined_ += ',';
    joined_ += value.substr(0, limit_ + 1 - joined_.size());
  }

  std::size_t count() const { return count_; }
  bool is_too_long() const { return size_ > limit_; }
  // The whole text if it is not too long.
  std::string_view text() const { return count_ < 2 ? first_ : joined_; }
  // How many bytes there were beyond text().
  std::size_t bytes_left() const { return size_ - text().size(); }

 private:
  const std::size_t limit_;
  std::size_t count_ = 0;
  std::size_t size_ = 0;
  std::string_view first_;
  std::string joined_;
};

// The value of a field that may come once; nothing, which is counted, if it
// came more often or is too long.
std::optional<std::string_view> SingleValue(const JoinedValues& values,
                                            Dropped& dropped) {
  if (values.count() == 0) return std::nullopt;
  if (values.count() == 1 && !values.is_too_long()) {
    return Trimmed(values.text());
  }
  ++dropped.fields;
  return std::nullopt;
}

std::optional<TraceContext> ReadTrace(const FieldReader& fields,
                                      Dropped& dropped) {
  const JoinedValues states(fields, kTraceState, TraceState::kMaxBytes);
  std::optional<TraceContext> trace;
  // A field of a later version may be longer than what is read of it.
  constexpr std::size_t kMaxParentBytes = 512;
  const JoinedValues parents(fields, kTraceParent, kMaxParentBytes);
  if (const auto parent = SingleValue(parents, dropped)) {
    trace = TraceContext::Parse(*parent);
    if (!trace) ++dropped.fields;
  }
  if (states.count() == 0) return trace;
  std::optional<TraceState> state;
  if (trace && !states.is_too_long()) state = TraceState::Parse(states.text());
  if (state) return trace->With(*std::move(state));
  ++dropped.fields;
  return trace;
}

std::optional<std::chrono::milliseconds> ReadTimeLeft(const FieldReader& fields,
                                                      Dropped& dropped) {
  const JoinedValues values(fields, Propagator::kTimeLeftField, kMaxTimeDigits);
  const auto text = SingleValue(values, dropped);
  if (!text) return std::nullopt;
  const auto time = ReadNumber(*text, kMaxTimeDigits);
  if (!time) {
    ++dropped.fields;
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(*time));
}

bool IsFieldName(std::string_view name) {
  const auto is_letter = [](char c) { return 'a' <= c && c <= 'z'; };
  const auto is_allowed = [&](char c) {
    return is_letter(c) || ('0' <= c && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 64 && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

// True if the name has a meaning to HTTP or gRPC that a store must not change,
// or as a variable of an environment to the system.
bool IsReserved(std::string_view name) {
  constexpr std::array kNames{
      kTraceParent,
      kTraceState,
      kBaggage,
      Propagator::kTimeLeftField,
      std::string_view("authorization"),
      std::string_view("connection"),
      std::string_view("cookie"),
      std::string_view("date"),
      std::string_view("expect"),
      std::string_view("forwarded"),
      std::string_view("home"),
      std::string_view("host"),
      std::string_view("keep-alive"),
      std::string_view("location"),
      std::string_view("origin"),
      std::string_view("path"),
      std::string_view("range"),
      std::string_view("referer"),
      std::string_view("server"),
      std::string_view("set-cookie"),
      std::string_view("te"),
      std::string_view("trailer"),
      std::string_view("transfer-encoding"),
      std::string_view("upgrade"),
      std::string_view("user-agent"),
      std::string_view("via"),
  };
  constexpr std::array kBeginnings{
      std::string_view("accept"),   std::string_view("access-control-"),
      std::string_view("content-"), std::string_view("grpc-"),
      std::string_view("if-"),      std::string_view("ld-"),
      std::string_view("proxy-"),   std::string_view("sec-"),
  };
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         std::any_of(
             kBeginnings.begin(), kBeginnings.end(),
             [&](std::string_view start) { return name.starts_with(start); }) ||
         name.ends_with("-bin");  // gRPC encodes these
}

}  // namespace

Propagator::Propagator() = default;
Propagator::~Propagator() = default;

void Propagator::AddTraveller(std::string name, std::size_t limit,
                              bool is_complete,
                              std::unique_ptr<const Traveller> traveller) {
  const auto fail = [&](const char* what) {
    throw std::invalid_argument("field " + name + " of a storage: " + what);
  };
  if (!IsFieldName(name)) {
    fail("the name must be 1 to 64 of a-z, 0-9 and -, the first a letter");
  }
  if (IsReserved(name)) fail("HTTP, gRPC or the system use that name");
  if (!is_complete) fail("encode, decode and a limit above 0 are needed");
  for (const Field& field : fields_) {
    if (field.name == name) fail("another storage has that name");
  }
  fields_.push_back({std::move(name), limit, std::move(traveller)});
}

Dropped Propagator::Inject(FieldWriter& fields) const {
  Dropped dropped;
  const auto set_or_remove = [&](std::string_view name, std::string_view text) {
    if (text.empty()) {
      fields.Remove(name);
    } else {
      fields.Set(name, text);
    }
  };
  const TraceContext* const trace = TraceContext::Current();
  set_or_remove(kTraceParent, trace ? trace->ToString() : "");
  set_or_remove(kTraceState, trace ? trace->state().ToString() : "");
  const Baggage* const baggage = Baggage::Current();
  set_or_remove(kBaggage, baggage ? baggage->ToString(dropped) : "");

  const Deadline deadline = Deadline::Current();
  std::string time;
  if (!deadline.is_never()) {
    time = std::to_string(
        std::chrono::floor<std::chrono::milliseconds>(deadline.remaining())
            .count());
    // So far away that it limits nothing.
    if (time.size() > kMaxTimeDigits) time.clear();
  }
  set_or_remove(kTimeLeftField, time);

  for (const Field& field : fields_) {
    std::string bytes;
    std::string text;
    bool has_store = field.traveller->Encode(bytes);
    // Encoded, it is no shorter.
    if (has_store && bytes.size() <= field.limit) {
      AppendPercentEncoded(bytes, text);
    }
    if (has_store && std::max(bytes.size(), text.size()) > field.limit) {
      ++dropped.fields;
      has_store = false;
    }
    if (has_store) {
      fields.Set(field.name, text);
    } else {
      fields.Remove(field.name);
    }
  }
  return dropped;
}

Extracted Propagator::Extract(const FieldReader& fields, Trust trust) const {
  Extracted extracted;
  Dropped& dropped = extracted.dropped_;
  // What is entered in the run of a snapshot is gone after it, but not what was
  // captured in it.
  extracted.context_ = ContextSnapshot::Capture().Run([&] {
    EnterTrace(fields, trust, dropped);
    EnterBaggage(fields, trust, dropped);
    EnterStores(fields, trust, dropped);
    std::optional<std::chrono::milliseconds> time_left;
    if (trust != Trust::kIgnore) time_left = ReadTimeLeft(fields, dropped);
    if (!time_left) return ContextSnapshot::Capture();
    const DeadlineScope scope(Deadline::In(*time_left));
    return ContextSnapshot::Capture();
  });
  return extracted;
}

void Propagator::EnterTrace(const FieldReader& fields, Trust trust,
                            Dropped& dropped) {
  std::optional<TraceContext> sender;
  if (trust != Trust::kIgnore) sender = ReadTrace(fields, dropped);
  TraceContext::Storage().EnterWith(sender && trust == Trust::kContinue
                                        ? sender->Child()
                                        : TraceContext::New());
  const auto& link = TraceContext::LinkStorage();
  if (trust != Trust::kLink) sender.reset();
  if (sender || link.IsBound()) link.EnterWith(std::move(sender));
}

void Propagator::EnterBaggage(const FieldReader& fields, Trust trust,
                              Dropped& dropped) {
  Baggage baggage;
  if (trust != Trust::kIgnore) {
    const JoinedValues values(fields, kBaggage, Baggage::kMaxBytes);
    baggage = Baggage::Parse(values.text(), dropped);
    dropped.bytes += values.bytes_left();
  }
  const auto& storage = Baggage::Storage();
  if (!baggage.empty()) {
    storage.EnterWith(std::move(baggage));
  } else if (storage.IsBound()) {
    storage.EnterWith(std::nullopt);
  }
}

void Propagator::EnterStores(const FieldReader& fields, Trust trust,
                             Dropped& dropped) const {
  for (const Field& field : fields_) {
    std::optional<std::string_view> text;
    const JoinedValues values(fields, field.name, field.limit);
    if (trust != Trust::kIgnore) text = SingleValue(values, dropped);
    if (text && field.traveller->Enter(PercentDecoded(*text))) continue;
    if (text) ++dropped.fields;
    field.traveller->EnterNone();
  }
}

}  // namespace weft
