// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/scenario.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace weft::conformance {

namespace {

constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
// Beyond, not every integer is a number of its own in every language that runs
// these programs.
constexpr std::int64_t kMaxInteger = 9'007'199'254'740'991;

struct Syntax {
  Operation operation;
  const char* name;
  const char* form;
  std::size_t min_words;
  std::size_t max_words;
  bool has_body;
  int value_word = -1;  // the index of the word that is a value
};

constexpr std::array kSyntax = {
    Syntax{Operation::kAls, "als", "(als A [value])", 1, 2, false, 1},
    Syntax{Operation::kLog, "log", "(log A ...)", 1, kAny, false},
    Syntax{Operation::kRun, "run", "(run A value statement...)", 2, 2, true, 1},
    Syntax{Operation::kExit, "exit", "(exit A statement...)", 1, 1, true},
    Syntax{Operation::kScope, "scope", "(scope A value statement...)", 2, 2,
           true, 1},
    Syntax{Operation::kEnter, "enter", "(enter A value)", 2, 2, false, 1},
    Syntax{Operation::kDisable, "disable", "(disable A)", 1, 1, false},
    Syntax{Operation::kIds, "ids", "(ids)", 0, 0, false},
    Syntax{Operation::kMark, "mark", "(mark X)", 1, 1, false},
    Syntax{Operation::kSnap, "snap", "(snap S)", 1, 1, false},
    Syntax{Operation::kWith, "with", "(with S statement...)", 1, 1, true},
    Syntax{Operation::kBind, "bind", "(bind F statement...)", 1, 1, true},
    Syntax{Operation::kCall, "call", "(call F)", 1, 1, false},
    Syntax{Operation::kRes, "res", "(res R [trigger R2])", 1, 3, false},
    Syntax{Operation::kIn, "in", "(in R statement...)", 1, 1, true},
    Syntax{Operation::kSpawn, "spawn", "(spawn T statement...)", 1, 1, true},
    Syntax{Operation::kMicro, "micro", "(micro M statement...)", 1, 1, true},
    Syntax{Operation::kEvery, "every", "(every T runs statement...)", 2, 2,
           true},
    Syntax{Operation::kCancel, "cancel", "(cancel T)", 1, 1, false},
    Syntax{Operation::kPromise, "promise", "(promise P)", 1, 1, false},
    Syntax{Operation::kResolve, "resolve", "(resolve P)", 1, 1, false},
    Syntax{Operation::kThen, "then", "(then C P statement...)", 2, 2, true},
    Syntax{Operation::kAwait, "await", "(await F)", 1, 1, false},
    Syntax{Operation::kJoin, "join", "(join T)", 1, 1, false},
    Syntax{Operation::kHook, "hook", "(hook H)", 1, 1, false},
    Syntax{Operation::kOn, "on", "(on H)", 1, 1, false},
    Syntax{Operation::kOff, "off", "(off H)", 1, 1, false},
    Syntax{Operation::kAct, "act",
           "(act H init|before|after|resolve statement...)", 2, 2, true},
    Syntax{Operation::kThrow, "throw", "(throw E)", 1, 1, false},
    Syntax{Operation::kGo, "go", "(go T statement...)", 1, 1, true},
    Syntax{Operation::kRace, "race", "(race R (then C P ...) (go T ...) ...)",
           1, 1, true},
    Syntax{Operation::kTimeout, "timeout",
           "(timeout X soon|never statement...)", 2, 2, true},
    Syntax{Operation::kGenerate, "generate", "(generate G statement...)", 1, 1,
           true},
    Syntax{Operation::kYield, "yield", "(yield V)", 1, 1, false},
    Syntax{Operation::kNext, "next", "(next G)", 1, 1, false},
    Syntax{Operation::kNursery, "nursery", "(nursery N statement...)", 1, 1,
           true},
    Syntax{Operation::kTry, "try", "(try statement...)", 0, 0, true},
};

std::string AllOperations() {
  std::string names;
  for (const Syntax& syntax : kSyntax) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", syntax.name);
  }
  return names;
}

bool IsBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');  // \t \n \v \f \r
}

// "" at the end of the text, "(", ")" or a word.
struct Token {
  std::string_view text;
  Position position;

  bool is_end() const { return text.empty(); }
  bool is_word() const { return !is_end() && text != "(" && text != ")"; }
  std::string Describe() const {
    return is_end() ? "the end of the program"
                    : absl::StrCat("'", std::string(text), "'");
  }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) { Advance(); }

  const Token& token() const { return token_; }

  // Returns the current token and goes on to the next.
  Token Take() {
    const Token taken = token_;
    Advance();
    return taken;
  }

 private:
  void Advance() {
    SkipBlanks();
    const std::size_t start = next_;
    token_.position = position_;
    if (next_ < text_.size()) {
      const bool is_word = !IsParenthesis();
      do {
        Step();
      } while (is_word && next_ < text_.size() && !IsParenthesis() &&
               !IsBlank(text_[next_]) && text_[next_] != ';');
    }
    token_.text = text_.substr(start, next_ - start);
  }

  void SkipBlanks() {
    bool in_comment = false;
    for (; next_ < text_.size(); Step()) {
      const char c = text_[next_];
      if (c == ';') in_comment = true;
      if (c == '\n') in_comment = false;
      if (!in_comment && !IsBlank(c)) return;
    }
  }

  bool IsParenthesis() const {
    return text_[next_] == '(' || text_[next_] == ')';
  }

  void Step() {
    if (text_[next_++] == '\n') {
      ++position_.line;
      position_.column = 1;
    } else {
      ++position_.column;
    }
  }

  const std::string_view text_;
  std::size_t next_ = 0;
  Position position_;
  Token token_;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Program Parse() {
    Program program = ParseBody("'(' or the end of the program");
    if (!lexer_.token().is_end()) {
      Fail(lexer_.token(), "'(' or the end of the program");
    }
    return program;
  }

 private:
  [[noreturn]] static void Fail(const Token& found,
                                const std::string& allowed) {
    throw ProgramError(found.position, absl::StrCat("found ", found.Describe(),
                                                    "; allowed: ", allowed));
  }

  // All statements from here on.
  Program ParseBody(const std::string& allowed) {
    Program body;
    while (lexer_.token().text == "(") body.push_back(ParseStatement());
    if (lexer_.token().is_word()) Fail(lexer_.token(), allowed);
    return body;
  }

  Statement ParseStatement() {
    const Position position = lexer_.Take().position;
    if (++depth_ > kMaxDepth) {
      throw ProgramError(position, absl::StrCat("statements are nested more "
                                                "than ",
                                                kMaxDepth, " deep"));
    }
    const Syntax& syntax = ParseOperation();
    Statement statement{.operation = syntax.operation,
                        .words = {},
                        .body = {},
                        .position = position};
    while (lexer_.token().is_word() &&
           statement.words.size() < syntax.max_words) {
      CheckWord(syntax, statement.words.size());
      statement.words.emplace_back(lexer_.Take().text);
    }
    const std::size_t words = statement.words.size();
    if (words < syntax.min_words ||
        (syntax.operation == Operation::kRes && words == 2)) {
      Fail(lexer_.token(), absl::StrCat("a word, as in ", syntax.form));
    }
    if (syntax.has_body) {
      statement.body =
          ParseBody(absl::StrCat("'(' or ')', as in ", syntax.form));
    }
    if (syntax.operation == Operation::kRace) CheckInputs(statement, syntax);
    if (lexer_.token().text != ")") {
      Fail(lexer_.token(), absl::StrCat(syntax.has_body ? "'(' or " : "",
                                        "')', as in ", syntax.form));
    }
    lexer_.Take();
    --depth_;
    return statement;
  }

  void CheckInputs(const Statement& race, const Syntax& syntax) const {
    if (race.body.empty()) {
      Fail(lexer_.token(), absl::StrCat("an input, as in ", syntax.form));
    }
    for (const Statement& input : race.body) {
      if (input.operation == Operation::kThen ||
          input.operation == Operation::kGo) {
        continue;
      }
      throw ProgramError(
          input.position,
          absl::StrCat("found an input '", OperationName(input.operation),
                       "'; allowed: then or go, as in ", syntax.form));
    }
  }

  const Syntax& ParseOperation() {
    const Token& token = lexer_.token();
    const auto syntax =
        std::find_if(kSyntax.begin(), kSyntax.end(),
                     [&](const Syntax& s) { return s.name == token.text; });
    if (syntax == kSyntax.end()) {
      Fail(token, absl::StrCat("an operation: ", AllOperations()));
    }
    lexer_.Take();
    return *syntax;
  }

  // Checks the current token, the word number `index` of a statement.
  void CheckWord(const Syntax& syntax, std::size_t index) const {
    const Token& token = lexer_.token();
    if (syntax.operation == Operation::kRes && index == 1 &&
        token.text != "trigger") {
      Fail(token, absl::StrCat("'trigger' or ')', as in ", syntax.form));
    }
    if (syntax.operation == Operation::kAct && index == 1 &&
        token.text != "init" && token.text != "before" &&
        token.text != "after" && token.text != "resolve") {
      Fail(token,
           absl::StrCat("init, before, after or resolve, as in ", syntax.form));
    }
    if (syntax.operation == Operation::kTimeout && index == 1 &&
        token.text != "soon" && token.text != "never") {
      Fail(token, absl::StrCat("soon or never, as in ", syntax.form));
    }
    if (syntax.operation == Operation::kEvery && index == 1) {
      int runs = 0;
      if (!absl::SimpleAtoi(std::string(token.text), &runs) || runs < 1 ||
          runs > kMaxRuns) {
        Fail(token, absl::StrCat("a number of runs from 1 to ", kMaxRuns,
                                 ", as in ", syntax.form));
      }
    }
    if (static_cast<int>(index) == syntax.value_word && IsInteger(token.text)) {
      std::int64_t number = 0;
      if (!absl::SimpleAtoi(std::string(token.text), &number) ||
          number > kMaxInteger || number < -kMaxInteger) {
        Fail(token, absl::StrCat("an integer from ", -kMaxInteger, " to ",
                                 kMaxInteger));
      }
    }
  }

  static bool IsInteger(std::string_view word) {
    if (word.starts_with('-')) word.remove_prefix(1);
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
      return c >= '0' && c <= '9';
    });
  }

  Lexer lexer_;
  int depth_ = 0;
};

}  // namespace

ProgramError::ProgramError(Position position, const std::string& problem)
    : std::runtime_error(absl::StrCat("line ", position.line, ", column ",
                                      position.column, ": ", problem)),
      position_(position) {}

Program ParseProgram(std::string_view text) { return Parser(text).Parse(); }

std::string ToText(const Program& program) {
  std::string text;
  for (const Statement& statement : program) {
    absl::StrAppend(&text, ToText(statement));
  }
  return text;
}

std::string ToText(const Statement& statement) {
  std::string text = absl::StrCat("(", OperationName(statement.operation));
  for (const std::string& word : statement.words) {
    absl::StrAppend(&text, " ", word);
  }
  if (!statement.body.empty()) absl::StrAppend(&text, " ");
  return absl::StrCat(text, ToText(statement.body), ")");
}

std::string OperationName(Operation operation) {
  return std::find_if(kSyntax.begin(), kSyntax.end(),
                      [&](const Syntax& s) { return s.operation == operation; })
      ->name;
}

int CountStatements(const Program& program) {
  int count = 0;
  for (const Statement& statement : program) {
    count += 1 + CountStatements(statement.body);
  }
  return count;
}

std::optional<std::string> ValueOf(const std::string& word) {
  if (word == "_") return std::nullopt;
  std::int64_t number = 0;
  const bool is_number =
      word.find_first_not_of("-0123456789") == std::string::npos &&
      absl::SimpleAtoi(word, &number);
  return is_number ? absl::StrCat(number) : word;
}

int RunsOf(const Statement& statement) {
  int runs = 0;
  static_cast<void>(absl::SimpleAtoi(statement.words[1], &runs));
  return runs;
}

bool IsSoon(const Statement& timeout) { return timeout.words[1] == "soon"; }

bool IsOfCoroutines(Operation operation) {
  switch (operation) {
    case Operation::kTimeout:
    case Operation::kNursery:
    case Operation::kNext:
    case Operation::kYield:
      return true;
    default:
      return false;
  }
}

bool MakesCoroutine(Operation operation) {
  switch (operation) {
    case Operation::kGo:
    case Operation::kTimeout:
    case Operation::kNursery:
    case Operation::kGenerate:
      return true;
    default:
      return false;
  }
}

std::string ShowValue(const std::optional<std::string>& value) {
  return value.value_or("_");
}

}  // namespace weft::conformance
