#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "quantum/storage/storage.hpp"

namespace quantum::plan {

/// Names what a plan was made from: the files as they were read, and the jobs that they were
/// compared with. If either is another when the plan is to be applied, so is the digest.
///
/// It guards against mistakes, not against forgery.
class Digest {
public:
    /// A file by its path as it was named, and its `config::LoadedFile::fingerprint`.
    void add_file(std::string_view path, std::uint64_t fingerprint);
    /// The known jobs, in any order: names, revisions and since when these hold.
    void add_jobs(std::span<const StoredJob> jobs);
    /// What else decides what the files mean: a default zone, a user column.
    void add_option(std::string_view name, std::string_view value);

    /// 16 hexadecimal digits.
    [[nodiscard]] std::string text() const;
    /// True if `shown` is this digest, or its beginning in at least 8 digits.
    [[nodiscard]] bool is(std::string_view shown) const;

private:
    void add(std::string_view text);
    void add_number(std::uint64_t number);

    std::uint64_t state_ = 0xCBF2'9CE4'8422'2325;
};

}  // namespace quantum::plan
