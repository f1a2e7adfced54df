// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/adapters/profiler/record_reader.h"

#include <elf.h>
#include <sys/uio.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "protozero/pbf_reader.hpp"

namespace weft::tests {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

std::string ToHex(const std::uint8_t* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

// A KeyValue, with its value as it came.
std::pair<std::string, std::string> ReadKeyValue(protozero::pbf_reader reader) {
  std::pair<std::string, std::string> pair;
  while (reader.next()) {
    switch (reader.tag()) {
      case 1:
        pair.first = reader.get_string();
        break;
      case 2:
        pair.second = reader.get_string();
        break;
      default:
        reader.skip();
    }
  }
  return pair;
}

// The text of an AnyValue.
std::string ReadText(const std::string& value) {
  protozero::pbf_reader reader(value);
  std::string text;
  while (reader.next()) {
    if (reader.tag() == 1) {
      text = reader.get_string();
    } else {
      reader.skip();
    }
  }
  return text;
}

std::vector<std::string> ReadTexts(const std::string& value) {
  std::vector<std::string> texts;
  protozero::pbf_reader reader(value);
  while (reader.next(5)) {
    protozero::pbf_reader array = reader.get_message();
    while (array.next(1)) texts.push_back(ReadText(array.get_string()));
  }
  return texts;
}

PublishedProcess Decode(const std::string& payload) {
  PublishedProcess process;
  protozero::pbf_reader context(payload);
  while (context.next()) {
    if (context.tag() == 1) {
      protozero::pbf_reader resource = context.get_message();
      while (resource.next(1)) {
        auto [key, value] = ReadKeyValue(resource.get_message());
        process.resource[key] = ReadText(value);
      }
    } else if (context.tag() == 2) {
      auto [key, value] = ReadKeyValue(context.get_message());
      if (key == "threadlocal.schema_version") process.schema = ReadText(value);
      if (key == "threadlocal.attribute_key_map") {
        process.keys = ReadTexts(value);
      }
    } else {
      context.skip();
    }
  }
  return process;
}

// Finds the dynamic symbols in a file of ELF.
class ElfFile {
 public:
  explicit ElfFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    if (bytes_.size() < sizeof(Elf64_Ehdr) ||
        std::memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0) {
      throw std::runtime_error(path + " is no file of ELF");
    }
  }

  std::optional<TlsSymbol> FindTls(std::string_view name) const {
    const auto head = At<Elf64_Ehdr>(0);
    std::optional<std::int64_t> block;
    for (std::size_t i = 0; i < head.e_phnum; ++i) {
      const auto segment =
          At<Elf64_Phdr>(head.e_phoff + i * sizeof(Elf64_Phdr));
      if (segment.p_type != PT_TLS) continue;
      // On x86-64 the program's variables end where the control block begins.
      const std::uint64_t align = segment.p_align == 0 ? 1 : segment.p_align;
      block = -static_cast<std::int64_t>((segment.p_memsz + align - 1) / align *
                                         align);
    }
    if (!block.has_value()) return std::nullopt;
    for (std::size_t i = 0; i < head.e_shnum; ++i) {
      const auto section =
          At<Elf64_Shdr>(head.e_shoff + i * sizeof(Elf64_Shdr));
      if (section.sh_type != SHT_DYNSYM) continue;
      const auto names =
          At<Elf64_Shdr>(head.e_shoff + section.sh_link * sizeof(Elf64_Shdr));
      for (std::uint64_t at = 0; at < section.sh_size;
           at += sizeof(Elf64_Sym)) {
        const auto symbol = At<Elf64_Sym>(section.sh_offset + at);
        if (ELF64_ST_TYPE(symbol.st_info) != STT_TLS ||
            symbol.st_shndx == SHN_UNDEF ||
            bytes_.c_str() + names.sh_offset + symbol.st_name != name) {
          continue;
        }
        return TlsSymbol{*block + static_cast<std::int64_t>(symbol.st_value)};
      }
    }
    return std::nullopt;
  }

 private:
  template <typename T>
  T At(std::uint64_t offset) const {
    if (offset + sizeof(T) > bytes_.size()) {
      throw std::runtime_error("the file of ELF is cut off");
    }
    T object;
    std::memcpy(&object, bytes_.data() + offset, sizeof(T));
    return object;
  }

  std::string bytes_;
};

}  // namespace

bool ProcessReader::Read(std::uint64_t address, void* to,
                         std::size_t size) const {
  const iovec local{to, size};
  const iovec remote{reinterpret_cast<void*>(address), size};
  return process_vm_readv(pid_, &local, 1, &remote, 1, 0) ==
         static_cast<ssize_t>(size);
}

std::optional<PublishedProcess> ProcessReader::ReadProcess() const {
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  std::string line;
  while (std::getline(maps, line)) {
    std::istringstream words(line);
    std::string range, rights, offset, device, inode, name;
    words >> range >> rights >> offset >> device >> inode >> name;
    if (!name.starts_with("[anon_shmem:OTEL_CTX]") &&
        !name.starts_with("[anon:OTEL_CTX]") &&
        !name.starts_with("/memfd:OTEL_CTX")) {
      continue;
    }
    const std::uint64_t address =
        std::stoull(range.substr(0, range.find('-')), nullptr, 16);
    if (auto process = ReadMapping(address)) return process;
  }
  return std::nullopt;
}

std::optional<PublishedProcess> ProcessReader::ReadMapping(
    std::uint64_t address) const {
  struct Head {
    char signature[8];
    std::uint32_t version;
    std::uint32_t size;
    std::uint64_t published;
    std::uint64_t payload;
  };
  // Again, if it is changed meanwhile.
  for (int i = 0; i < 1000; ++i) {
    Head head;
    if (!Read(address, &head, sizeof(head))) return std::nullopt;
    if (std::memcmp(head.signature, "OTEL_CTX", 8) != 0) return std::nullopt;
    if (head.version != 2) return std::nullopt;
    if (head.published == 0 || head.size > 1'000'000) continue;
    std::string payload(head.size, '\0');
    if (!Read(head.payload, payload.data(), payload.size())) continue;
    Head again;
    if (!Read(address, &again, sizeof(again))) return std::nullopt;
    if (again.published != head.published) continue;
    PublishedProcess process = Decode(payload);
    process.published = head.published;
    return process;
  }
  throw std::runtime_error("the mapping never stands still");
}

std::optional<PublishedRecord> ProcessReader::ReadRecord(
    std::uint64_t address, const std::vector<std::string>& keys) const {
  if (address == 0) return std::nullopt;
  if (address % 2 != 0) throw std::runtime_error("a record at an odd address");
  std::uint8_t head[28];
  if (!Read(address, head, sizeof(head))) {
    throw std::runtime_error("the record is not in the process's memory");
  }
  if (head[24] != 1) return std::nullopt;
  std::uint16_t size;
  std::memcpy(&size, head + 26, sizeof(size));
  if (size > 640 - 28) throw std::runtime_error("a record of more than 640");
  std::vector<std::uint8_t> bytes(size);
  if (size != 0 && !Read(address + 28, bytes.data(), bytes.size())) {
    throw std::runtime_error("the attributes are not in the process's memory");
  }
  PublishedRecord record{ToHex(head, 16), ToHex(head + 16, 8), head[25], {}};
  for (std::size_t at = 0; at < bytes.size();) {
    if (at + 2 > bytes.size() || at + 2 + bytes[at + 1] > bytes.size()) {
      throw std::runtime_error("an attribute is cut off");
    }
    const std::size_t key = bytes[at];
    if (key >= keys.size()) throw UnknownKey();
    record.labels[keys[key]].assign(
        reinterpret_cast<const char*>(bytes.data() + at + 2), bytes[at + 1]);
    at += 2 + std::size_t{bytes[at + 1]};
  }
  return record;
}

std::optional<TlsSymbol> ProcessReader::FindTls(std::string_view name) const {
  return ElfFile("/proc/" + std::to_string(pid_) + "/exe").FindTls(name);
}

}  // namespace weft::tests
