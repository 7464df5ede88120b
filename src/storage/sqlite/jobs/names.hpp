#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/sqlite/file/database.hpp"

namespace quantum::sqlite {

/// Maps texts to numbers: a hash table that takes 20 bytes per text in addition to the text itself.
class KnownNames {
public:
    /// Negative if it is not known.
    [[nodiscard]] std::int64_t find(std::string_view name) const;
    /// `name` must not be in the table.
    void add(std::string_view name, std::int64_t number);
    [[nodiscard]] std::size_t size() const { return names_.size(); }
    void clear();

private:
    struct Name {
        std::size_t begin;
        std::int64_t number;
    };

    [[nodiscard]] std::string_view text_of(std::size_t index) const;
    [[nodiscard]] std::size_t place_of(std::string_view name) const;
    void make_room();

    std::string texts_;        // one after the other
    std::vector<Name> names_;  // in the order of their texts
    std::vector<std::uint32_t>
        places_;  // a power of two, half full at most; 0: free, else index + 1
};

/// Maps job names and targets to the small numbers in the rows, for the writing connection. Caches
/// a bounded number of those that are claimed.
class Names {
public:
    explicit Names(Database& database);

    /// The number of a name; assigned if it has none (in the caller's transaction).
    [[nodiscard]] std::int64_t number(const std::string& name);
    /// The same for a name that will not be needed again soon: it is not cached.
    [[nodiscard]] std::int64_t number_once(const std::string& name);

    /// After a rollback: the cached numbers may never have been stored.
    void forget() { known_.clear(); }

private:
    static constexpr std::size_t most_known = 100'000;

    Database& database_;
    Statement find_;
    Statement add_;
    KnownNames known_;
};

}  // namespace quantum::sqlite
