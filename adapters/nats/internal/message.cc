// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/message.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <system_error>
#include <vector>

namespace weft::nats_internal {

namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

bool IsPlain(char c) {
  return c > ' ' && c < '\x7f' && c != '.' && c != '*' && c != '>' && c != '=';
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

template <typename Int>
std::optional<Int> ParseInt(std::string_view text) {
  Int value{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// Returns what comes after `"key":`, or nothing.
std::optional<std::string_view> After(std::string_view json,
                                      std::string_view key) {
  const std::string mark = '"' + std::string(key) + "\":";
  const std::size_t found = json.find(mark);
  if (found == std::string_view::npos) return std::nullopt;
  return json.substr(found + mark.size());
}

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static const std::array<std::int8_t, 256> kValues = [&] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kLetters.size(); ++i) {
      values[static_cast<unsigned char>(kLetters[i])] =
          static_cast<std::int8_t>(i);
    }
    return values;
  }();
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) break;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

// Reads a block of headers: "NATS/1.0" and the rest of its line, then lines.
Headers ParseHeaders(std::string_view block) {
  Headers headers;
  bool is_first = true;
  while (!block.empty()) {
    const std::size_t end = block.find("\r\n");
    const std::string_view line = block.substr(0, end);
    block = end == std::string_view::npos ? "" : block.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (!is_first && colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      while (value.starts_with(' ')) value.remove_prefix(1);
      headers.emplace(line.substr(0, colon), value);
    }
    is_first = false;
  }
  return headers;
}

}  // namespace

NatsMessage ToNats(const Message& message) {
  natsMsg* made = nullptr;
  const char* const reply =
      message.reply.empty() ? nullptr : message.reply.c_str();
  if (natsMsg_Create(&made, message.subject.c_str(), reply, message.data.data(),
                     static_cast<int>(message.data.size())) != NATS_OK) {
    throw std::bad_alloc();
  }
  NatsMessage owned(made, natsMsg_Destroy);
  for (const auto& [name, value] : message.headers) {
    if (natsMsgHeader_Set(made, name.c_str(), value.c_str()) != NATS_OK) {
      throw std::bad_alloc();
    }
  }
  return owned;
}

Message FromNats(natsMsg* message) {
  Message copy;
  copy.subject = natsMsg_GetSubject(message);
  if (const char* const reply = natsMsg_GetReply(message); reply != nullptr) {
    copy.reply = reply;
  }
  copy.data.assign(natsMsg_GetData(message),
                   static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  const char** names = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(message, &names, &count) == NATS_OK) {
    for (int i = 0; i < count; ++i) {
      const char* value = nullptr;
      if (natsMsgHeader_Get(message, names[i], &value) == NATS_OK) {
        copy.headers.emplace(names[i], value != nullptr ? value : "");
      }
    }
    std::free(names);
  }
  return copy;
}

std::string_view Header(const Message& message, const char* name) {
  const auto found = message.headers.find(name);
  return found == message.headers.end() ? std::string_view() : found->second;
}

int Status(const Message& message) {
  return ParseInt<int>(Header(message, kStatus)).value_or(0);
}

std::string TokenOf(std::string_view id) {
  std::string token;
  for (const char c : id) {
    if (IsPlain(c)) {
      token += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      token += '=';
      token += kDigits[byte >> 4];
      token += kDigits[byte & 0xF];
    }
  }
  return token;
}

std::string IdOf(std::string_view subject) {
  const std::string_view token = subject.substr(subject.rfind('.') + 1);
  std::string id;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '=' && i + 2 < token.size() &&
        HexValue(token[i + 1]) >= 0 && HexValue(token[i + 2]) >= 0) {
      id += static_cast<char>(HexValue(token[i + 1]) * 16 +
                              HexValue(token[i + 2]));
      i += 2;
    } else {
      id += token[i];
    }
  }
  return id;
}

std::optional<std::int64_t> NumberIn(std::string_view json,
                                     std::string_view key) {
  const auto rest = After(json, key);
  return rest ? ParseInt<std::int64_t>(*rest) : std::nullopt;
}

std::optional<std::string> TextIn(std::string_view json, std::string_view key) {
  const auto rest = After(json, key);
  if (!rest || !rest->starts_with('"')) return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < rest->size(); ++i) {
    char c = (*rest)[i];
    if (c == '"') return text;
    if (c == '\\' && i + 1 < rest->size()) c = (*rest)[++i];
    text += c;
  }
  return std::nullopt;
}

std::string Quoted(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + '"';
}

std::optional<Message> StoredMessageIn(std::string_view json) {
  if (!NumberIn(json, "seq")) return std::nullopt;
  Message message;
  if (const auto block = TextIn(json, "hdrs")) {
    message.headers = ParseHeaders(FromBase64(*block));
  }
  if (const auto data = TextIn(json, "data")) message.data = FromBase64(*data);
  return message;
}

std::optional<Delivery> DeliveryOf(std::string_view ack_subject) {
  std::vector<std::string_view> tokens;
  tokens.reserve(12);  // no subject of an acknowledgement has more
  for (;;) {
    const std::size_t dot = ack_subject.find('.');
    tokens.push_back(ack_subject.substr(0, dot));
    if (dot == std::string_view::npos) break;
    ack_subject.remove_prefix(dot + 1);
  }
  // $JS.ACK.[domain.account.]stream.consumer.times.stream_sequence.
  //     consumer_sequence.time.pending[.random]
  const std::size_t first = tokens.size() > 9 ? 5 : 3;
  if (tokens.size() < 9 || tokens[0] != "$JS" || tokens[1] != "ACK") {
    return std::nullopt;
  }
  const auto times = ParseInt<std::int64_t>(tokens[first + 1]);
  const auto in_stream = ParseInt<std::uint64_t>(tokens[first + 2]);
  const auto in_consumer = ParseInt<std::uint64_t>(tokens[first + 3]);
  const auto time = ParseInt<std::int64_t>(tokens[first + 4]);
  const auto pending = ParseInt<std::uint64_t>(tokens[first + 5]);
  if (!times || !in_stream || !in_consumer || !time || !pending) {
    return std::nullopt;
  }
  return Delivery{.consumer = std::string(tokens[first]),
                  .times = *times,
                  .stream_sequence = *in_stream,
                  .consumer_sequence = *in_consumer,
                  .time = *time,
                  .pending = *pending};
}

}  // namespace weft::nats_internal
