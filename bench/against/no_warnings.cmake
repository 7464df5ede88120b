# Included by CMake after project() where ./dev bench against builds the other commit: its warnings
# may be errors there, and say nothing about its speed. Added to its flags, none of which is replaced.
add_compile_options(-w)
