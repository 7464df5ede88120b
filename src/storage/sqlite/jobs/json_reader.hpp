#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "quantum/result.hpp"

namespace quantum::sqlite {

namespace json = boost::json;

/// The word that stands for a value in the file.
template <class Value>
struct Word {
    Value value;
    std::string_view text;
};

template <class Value, std::size_t count>
[[nodiscard]] std::string_view word_of(const std::array<Word<Value>, count>& words, Value value) {
    for (const auto& word : words) {
        if (word.value == value) return word.text;
    }
    return {};
}

template <class Value, std::size_t count>
[[nodiscard]] std::optional<Value> named(const std::array<Word<Value>, count>& words,
                                         std::string_view text) {
    for (const auto& word : words) {
        if (word.text == text) return word.value;
    }
    return std::nullopt;
}

using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// Reads the members of an object; the first one that does not fit is kept as the error.
class Reader {
public:
    Reader(const json::object& object, std::string_view where) : object_(object), where_(where) {}

    /// Null if the key is not there; otherwise it counts as understood.
    const json::value* find(std::string_view key) {
        const json::value* const value = object_.if_contains(key);
        if (value != nullptr) ++understood_;
        return value;
    }
    std::optional<std::string> text(std::string_view key) {
        const json::value* const value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_string()) return std::string(value->get_string());
        refuse(key, "must be a string");
        return std::nullopt;
    }
    std::optional<double> number(std::string_view key) {
        const json::value* const value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_number()) return value->to_number<double>();
        refuse(key, "must be a number");
        return std::nullopt;
    }
    bool flag(std::string_view key) {
        const json::value* const value = find(key);
        if (value == nullptr) return false;
        if (value->is_bool()) return value->get_bool();
        refuse(key, "must be true or false");
        return false;
    }
    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> found;
        const json::value* const value = find(key);
        if (value == nullptr) return found;
        const json::array* const array = value->if_array();
        for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
            if ((*array)[i].is_string()) found.emplace_back((*array)[i].get_string());
        }
        if (array == nullptr || found.size() != array->size()) refuse(key, "must contain strings");
        return found;
    }
    const json::object* object(std::string_view key) {
        const json::value* const value = find(key);
        if (value == nullptr) return nullptr;
        if (value->is_object()) return &value->get_object();
        refuse(key, "must be an object");
        return nullptr;
    }
    void check(Status status) {
        if (!status && error_.empty()) error_ = std::move(status).error().message;
    }
    std::optional<std::int64_t> integer(std::string_view key) {
        const json::value* const value = find(key);
        if (value == nullptr) return std::nullopt;
        if (value->is_int64()) return value->get_int64();
        refuse(key, "must be a whole number");
        return std::nullopt;
    }
    /// Pairs of texts, as written by `pair_array`; empty if the key is not there.
    TextPairs text_pairs(std::string_view key) {
        TextPairs result;
        const json::value* const value = find(key);
        if (value == nullptr) return result;
        const auto* const pairs = value->if_array();
        if (pairs == nullptr) refuse(key, "must be an array");
        for (std::size_t i = 0; pairs != nullptr && i < pairs->size(); ++i) {
            const auto* const pair = (*pairs)[i].if_array();
            if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() ||
                !(*pair)[1].is_string()) {
                refuse(key, "must contain pairs of strings");
                break;
            }
            result.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
        }
        return result;
    }
    template <class Words>
    auto word(std::string_view key, const Words& words)
        -> decltype(named(words, std::string_view())) {
        const auto name = text(key);
        if (!name) return std::nullopt;
        auto value = named(words, *name);
        if (!value) refuse(key, "the word '" + *name + "' is unknown");
        return value;
    }
    void refuse(std::string_view key, std::string why) {
        if (!error_.empty()) return;
        error_ = std::string(where_) + "." + std::string(key) + ": " + std::move(why);
    }
    void check(std::string_view key, Status status) {
        if (!status) refuse(key, std::move(status).error().message);
    }
    Status finish() {
        if (error_.empty() && understood_ != object_.size()) {
            error_ = std::string(where_) + ": contains a key that this program does not know: " +
                     json::serialize(object_);
        }
        if (error_.empty()) return {};
        return fail(ErrorCode::corrupt, error_);
    }

private:
    const json::object& object_;
    std::string_view where_;
    std::size_t understood_ = 0;
    std::string error_;
};

}  // namespace quantum::sqlite
