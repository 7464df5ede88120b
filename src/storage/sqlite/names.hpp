#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "storage/sqlite/database.hpp"

namespace quantum::sqlite {

/// Job names and targets as the small numbers that the rows carry, for the writing connection.
/// Remembers a bounded number of them.
class Names {
public:
    explicit Names(Database& database);

    /// The number of a name; it gets one where it has none (inside the caller's transaction).
    [[nodiscard]] std::int64_t number(const std::string& name);

    /// After a rollback: what was remembered may never have been stored.
    void forget() { known_.clear(); }

private:
    static constexpr std::size_t most_known = 100'000;

    Database& database_;
    Statement find_;
    Statement add_;
    std::unordered_map<std::string, std::int64_t> known_;
};

}  // namespace quantum::sqlite
