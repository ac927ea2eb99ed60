from ._locate import locate as locate
