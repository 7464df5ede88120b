#include "run/output/spool_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path_walk.hpp"
#include "run/output/output_capture.hpp"

namespace quantum::run {
namespace {

constexpr std::size_t head_limit = OutputCapture::head_limit;
constexpr std::size_t tail_limit = OutputCapture::tail_limit;

}  // namespace

Result<SpoolReader> SpoolReader::open(const std::string& path) {
    base::PathRules rules = base::own_rules();
    rules.follows_last_link = false;
    auto place = base::FoundPath::find(path, rules);
    if (!place) return tl::unexpected(std::move(place).error());
    auto opened = place->open_file(O_RDONLY);
    if (!opened) return tl::unexpected(std::move(opened).error());
    base::FileDescriptor file = std::move(*opened);
    const std::string mark = read_at(file.get(), 0, OutputCapture::file_mark.size());
    if (mark == OutputCapture::file_mark) {
        return SpoolReader(std::move(file), OutputCapture::header_size);
    }
    if (mark == OutputCapture::first_file_mark) {
        return SpoolReader(std::move(file), OutputCapture::first_header_size);
    }
    return fail(ErrorCode::corrupt, path + ": not a spooled output file");
}

std::optional<WallTime> SpoolReader::started() const {
    std::int64_t micros = 0;
    const std::size_t before = OutputCapture::file_mark.size() + sizeof told_;
    if (header_size_ < before + sizeof micros) return std::nullopt;
    const std::string bytes = read_at(file_.get(), before, sizeof micros);
    if (bytes.size() < sizeof micros) return std::nullopt;
    std::memcpy(&micros, bytes.data(), sizeof micros);
    if (micros == 0) return std::nullopt;
    return WallTime(Duration(micros));
}

std::uint64_t SpoolReader::total() const {
    std::uint64_t counted = 0;
    const std::string count = read_at(file_.get(), OutputCapture::file_mark.size(), sizeof counted);
    if (count.size() == sizeof counted) std::memcpy(&counted, count.data(), sizeof counted);
    struct stat status {};
    if (fstat(file_.get(), &status) != 0) return counted;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    return std::max(counted, size - std::min<std::uint64_t>(size, header_size_));
}

CapturedOutput SpoolReader::all() const {
    // Once more where the writer has come round meanwhile; a bomb outruns every reader.
    constexpr int most_tries = 10;
    std::string kept;
    std::uint64_t before = 0;
    for (int tries = 0; tries < most_tries; ++tries) {
        before = total();
        kept = read_at(file_.get(), header_size_, head_limit + tail_limit);
        if (before <= head_limit + tail_limit || total() == before) break;
    }
    return unroll(kept, std::max<std::uint64_t>(before, kept.size()));
}

RecoveredRun recover_run(const std::string& path) {
    if (path.empty()) return {};
    const auto reader = SpoolReader::open(path);
    if (!reader) return {};
    return {std::make_shared<const SpooledOutput>(reader->all(), path), reader->started()};
}

bool SpoolReader::is_removed() const {
    struct stat status {};
    return fstat(file_.get(), &status) != 0 || status.st_nlink == 0;
}

SpoolReader::News SpoolReader::next() {
    News news;
    const std::uint64_t before = total();
    if (told_ < head_limit) {
        news.bytes = read_at(file_.get(), header_size_ + told_,
                             std::min<std::uint64_t>(head_limit, before) - told_);
        told_ += news.bytes.size();
        return news;
    }
    if (before - told_ > tail_limit) {
        news.lost = before - tail_limit - told_;
        told_ = before - tail_limit;
    }
    while (told_ < before) {
        const std::size_t place = (told_ - head_limit) % tail_limit;
        const std::string part =
            read_at(file_.get(), header_size_ + head_limit + place,
                    std::min<std::uint64_t>(tail_limit - place, before - told_));
        if (part.empty()) break;
        told_ += part.size();
        news.bytes += part;
    }
    // What was overwritten while it was read is not what stood there.
    const std::uint64_t begin = told_ - news.bytes.size();
    if (const std::uint64_t after = total(); after > begin + tail_limit) {
        const auto gone = std::min<std::uint64_t>(after - tail_limit - begin, news.bytes.size());
        news.bytes.erase(0, gone);
        news.lost += gone;
    }
    return news;
}

}  // namespace quantum::run
