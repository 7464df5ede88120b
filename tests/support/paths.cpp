#include "support/paths.hpp"

namespace quantum::test {

std::string test_data(const std::string& name) { return QUANTUM_TEST_DATA "/" + name; }
std::string vectors(const std::string& name) { return QUANTUM_TEST_VECTORS "/" + name; }
std::string crontab_files() { return QUANTUM_CRONTAB_FILES; }
std::string binaries() { return QUANTUM_BINARY_DIR; }
std::string binary(const std::string& name) { return QUANTUM_BINARY_DIR "/" + name; }

}  // namespace quantum::test
