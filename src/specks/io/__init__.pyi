from .open import as_source as as_source
from .open import open_image as open_image
from .result import StoredResult as StoredResult
from .result import open_result as open_result
from .store import ResultStore as ResultStore
from .table import read_table as read_table
from .table import write_table as write_table
from .write import write_result as write_result
