// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/file_job.h"

#include <exception>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "weft/jobs/errors.h"

namespace distributed_pipeline {
namespace {

using nlohmann::json;

std::string ToBytes(const json& value) {
  std::string bytes;
  json::to_cbor(value, bytes);
  return bytes;
}

// Returns `read(value)`, where `value` is what the bytes say.
template <typename Read>
auto FromBytes(std::string_view bytes, Read read) {
  try {
    return read(json::from_cbor(bytes));
  } catch (const json::exception& error) {
    throw weft::jobs::NotWorthRetryingError(
        absl::StrCat("not what this program writes: ", error.what()));
  }
}

json ToJson(const std::string& bytes) {
  return json::binary({bytes.begin(), bytes.end()});
}

std::string BytesOf(const json& value) {
  const json::binary_t& bytes = value.get_binary();
  return {bytes.begin(), bytes.end()};
}

// The counts sorted by word, so that equal facts are equal bytes.
json ToJson(const text_files::FileFacts& facts) {
  return {
      {"bytes", facts.bytes},
      {"lines", facts.lines},
      {"words", facts.words},
      {"word_counts", std::map<std::string, std::int64_t>(
                          facts.word_counts.begin(), facts.word_counts.end())},
      {"crc32", facts.crc32},
      {"compressed_bytes", facts.compressed_bytes}};
}

text_files::FileFacts FactsOf(const json& value) {
  return {.bytes = value.at("bytes").get<std::int64_t>(),
          .lines = value.at("lines").get<std::int64_t>(),
          .words = value.at("words").get<std::int64_t>(),
          .word_counts = value.at("word_counts").get<text_files::WordCounts>(),
          .crc32 = value.at("crc32").get<std::uint32_t>(),
          .compressed_bytes = value.at("compressed_bytes").get<std::int64_t>()};
}

}  // namespace

std::string FileJob::Encode() const {
  return ToBytes(
      {{"path", ToJson(path)}, {"level", level}, {"max_bytes", max_bytes}});
}

FileJob FileJob::Decode(std::string_view bytes) {
  return FromBytes(bytes, [](const json& value) -> FileJob {
    return {.path = BytesOf(value.at("path")),
            .level = value.at("level").get<int>(),
            .max_bytes = value.at("max_bytes").get<std::int64_t>()};
  });
}

std::string FileResult::Encode() const {
  json value = {{"path", ToJson(path)},
                {"tenant", tenant},
                {"trace_id", trace_id},
                {"problem", problem}};
  if (problem.empty()) value["facts"] = ToJson(facts);
  return ToBytes(value);
}

FileResult FileResult::Decode(std::string_view bytes) {
  return FromBytes(bytes, [](const json& value) {
    FileResult result{.path = BytesOf(value.at("path")),
                      .tenant = value.at("tenant").get<Tenant>(),
                      .trace_id = value.at("trace_id").get<std::string>(),
                      .problem = value.at("problem").get<std::string>(),
                      .facts = {}};
    if (result.problem.empty()) result.facts = FactsOf(value.at("facts"));
    return result;
  });
}

FileResult DoFileJob(const FileJob& job, const WorkContext& context) {
  FileResult result{.path = job.path,
                    .tenant = context.CurrentTenant(),
                    .trace_id = CurrentTraceId(),
                    .problem = {},
                    .facts = {}};
  try {
    text_files::Text text = text_files::ReadText(
        {.path = job.path, .is_named = false}, job.max_bytes);
    text_files::CountedText counted =
        text_files::CountWords(text_files::Split(std::move(text)));
    result.facts = text_files::Compress(std::move(counted), job.level);
  } catch (const std::runtime_error& error) {
    result.problem = error.what();
  }
  return result;
}

}  // namespace distributed_pipeline
