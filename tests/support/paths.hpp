#pragma once

#include <string>

/// Where things are on this machine. Behind functions, so that all other objects of the tests are
/// the same in every checkout and the compiler cache can share them.
namespace quantum::test {

/// A file of the room's own folder under `tests/`.
[[nodiscard]] std::string test_data(const std::string& name);
/// A file of `tests/vectors`.
[[nodiscard]] std::string vectors(const std::string& name);
/// Where other people's crontab files lie, which are not part of the project; may be absent.
[[nodiscard]] std::string crontab_files();
/// The folder of the built programs, and one of them.
[[nodiscard]] std::string binaries();
[[nodiscard]] std::string binary(const std::string& name);

}  // namespace quantum::test
