#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "quantum/execution.hpp"

#include "base/file_descriptor.hpp"

namespace quantum::run {

/// Reads `size` bytes of a file from `offset` on; fewer if it ends or cannot be read.
[[nodiscard]] std::string read_at(int file, std::size_t offset, std::size_t size);

/// Captures the two ends of a run's output: in a file that can be read during the run
/// (SpoolReader), or in memory if no file is named or can be created. In either case it takes no
/// more space than both ends together, regardless of how much is written.
///
/// The file is created with the first byte. It contains a header of 24 bytes (a magic number; the
/// total size, once that exceeds what the size of the file shows; when the run began, in
/// microseconds UTC), the head, and the tail as a ring buffer. Not thread-safe.
class OutputCapture {
public:
    static constexpr std::size_t head_limit = std::size_t{64} * 1024;
    static constexpr std::size_t tail_limit = std::size_t{192} * 1024;
    static constexpr std::size_t header_size = 24;
    static constexpr std::string_view file_mark = "QSPOOL2\n";
    /// Of earlier versions, whose header ends with the count.
    static constexpr std::size_t first_header_size = 16;
    static constexpr std::string_view first_file_mark = "QSPOOL1\n";

    /// `path` empty: in memory. `started`: of the run, kept for whoever recovers the file.
    explicit OutputCapture(std::string path, WallTime started = {})
        : path_(std::move(path)), started_(started) {}
    ~OutputCapture();
    OutputCapture(const OutputCapture&) = delete;
    OutputCapture& operator=(const OutputCapture&) = delete;

    void write(std::string_view bytes);

    /// A copy of what is kept now. Null where nothing was written.
    [[nodiscard]] std::shared_ptr<const CapturedOutput> so_far() const;

    /// What was kept. Null where nothing was written. The file goes with its last owner, so that
    /// nobody who looks for the output finds neither.
    [[nodiscard]] std::shared_ptr<const CapturedOutput> take();

private:
    bool open_file();
    [[nodiscard]] CapturedOutput kept() const;
    void put(std::size_t offset, std::string_view bytes);

    std::string path_;
    WallTime started_;
    base::FileDescriptor file_;
    std::string memory_;
    std::uint64_t total_ = 0;
    bool opened_ = false;
};

/// Output whose spool file is removed with it.
class SpooledOutput : public CapturedOutput {
public:
    SpooledOutput(CapturedOutput output, std::string path)
        : CapturedOutput(std::move(output)), path_(std::move(path)) {}
    ~SpooledOutput();
    SpooledOutput(const SpooledOutput&) = delete;
    SpooledOutput& operator=(const SpooledOutput&) = delete;

private:
    std::string path_;
};

/// The two ends of `total` bytes, given `kept`, which is the head followed by the ring buffer.
[[nodiscard]] CapturedOutput unroll(std::string_view kept, std::uint64_t total);

/// The folder of a state directory that spools are in.
inline constexpr std::string_view spool_folder = "spool";

/// The path of the spool file for an attempt in `directory`; empty if `directory` is.
[[nodiscard]] std::string spool_path(const std::string& directory, const ExecutionId& id,
                                     std::uint32_t attempt);

}  // namespace quantum::run
